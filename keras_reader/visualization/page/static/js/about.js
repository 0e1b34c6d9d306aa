// What the page knows of its reader: written into the page when it is made.

export const about = JSON.parse(document.getElementById("about").textContent);

const NAMES = new Map([[" ", "space"]]);

// What stands for a class in sentences and labels: its character, "space", or "end" for the terminator.
export function className(index, reader = about) {
  if (index === reader.terminator) return "end";
  const character = reader.alphabet[index];
  return NAMES.get(character) ?? character;
}
