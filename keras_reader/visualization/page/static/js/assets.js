// The files that the page needs: beside it, or compressed inside it where it is a single file.

function embedded(name) {
  return document.getElementById(`asset-${name}`);
}

async function unpack(element) {
  const text = element.textContent;
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The bytes of a file.
export async function assetBytes(name) {
  const element = embedded(name);
  if (element) return unpack(element);
  const response = await fetch(new URL(name, document.baseURI));
  if (!response.ok) throw new Error(`${name} is missing beside the page (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

// An address that a file can be loaded from.
export async function assetAddress(name, type) {
  if (!embedded(name)) return new URL(name, document.baseURI).href;
  return URL.createObjectURL(new Blob([await assetBytes(name)], { type }));
}
