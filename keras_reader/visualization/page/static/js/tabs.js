// Tabs that are worked with the arrow keys, as WAI-ARIA's practices say.

// Makes the tabs of a list work; `onChoose` is called with the id of the tab that was chosen.
export function makeTabs(list, onChoose) {
  const tabs = Array.from(list.querySelectorAll("[role=tab]"));

  function choose(chosen, focus = true) {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    if (focus) chosen.focus();
    onChoose(chosen.id);
  }

  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const shown = tabs.filter((other) => !other.hidden);
      const to = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!to) return;
      event.preventDefault();
      choose(shown[(shown.indexOf(tab) + to + shown.length) % shown.length]);
    });
  }
  choose(tabs[0], false);
  return (id) => choose(document.getElementById(id), false);
}
