// A pen on a canvas: by mouse, finger or stylus, and by the arrow keys, with the space bar to put it down.

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Calls `onStart(place)`, `onMove(place)` and `onEnd()` for what is drawn on an EnlargedCanvas, and `onPoint(place)` for
// where the keyboard's pen is, null where it is away. Places are in the image's pixels.
export function usePen(enlarged, { onStart, onMove, onEnd = () => {}, onPoint = () => {} }) {
  const { canvas } = enlarged;
  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    onPoint(null);
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    onStart(enlarged.placeOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    // A quick hand makes more than one move a frame.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) onMove(enlarged.placeOf(move));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (drawing) onEnd();
      drawing = false;
    });
  }

  const place = { x: enlarged.width / 2, y: enlarged.height / 2 };
  let isDown = false;
  canvas.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") {
      isDown = !isDown;
      if (isDown) onStart({ ...place });
      else onEnd();
    } else if (event.key in KEYS) {
      const [right, down] = KEYS[event.key];
      place.x = Math.min(enlarged.width, Math.max(0, place.x + right));
      place.y = Math.min(enlarged.height, Math.max(0, place.y + down));
      if (isDown) onMove({ ...place });
    } else {
      return;
    }
    event.preventDefault();
    onPoint({ ...place });
  });
  canvas.addEventListener("blur", () => {
    if (isDown) onEnd();
    isDown = false;
    onPoint(null);
  });
}
