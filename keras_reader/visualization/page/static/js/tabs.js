// Tabs that are worked with the arrow keys, as WAI-ARIA's practices say.

// Makes the tabs of a list work: `onChoose` is called with the id of the tab that a person chose. The function that it
// returns shows a tab by its id.
export function makeTabs(list, onChoose) {
  const tabs = Array.from(list.querySelectorAll("[role=tab]"));

  function show(chosen) {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
  }

  function choose(chosen) {
    show(chosen);
    chosen.focus();
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
  show(tabs[0]);
  return (id) => show(document.getElementById(id));
}
