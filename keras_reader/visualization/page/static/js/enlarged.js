// A canvas that shows an image of few pixels large and sharp.

const MOST_PIXELS = 1200;

export class EnlargedCanvas {
  constructor(canvas, height, width) {
    this.canvas = canvas;
    this.height = height;
    this.width = width;
    // A whole number of pixels for each of the image's.
    this.scale = Math.max(2, Math.floor(MOST_PIXELS / Math.max(height, width)));
    canvas.width = width * this.scale;
    canvas.height = height * this.scale;
    canvas.style.aspectRatio = `${width} / ${height}`;
    this.context = canvas.getContext("2d");
    this.small = document.createElement("canvas");
    this.small.width = width;
    this.small.height = height;
  }

  // Shows an ImageData of the image's own size.
  show(image) {
    this.small.getContext("2d").putImageData(image, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.small, 0, 0, this.canvas.width, this.canvas.height);
  }

  // Outlines a box {left, top, right, bottom} in the image's pixels.
  outline(box, colour, thickness) {
    const { context, scale } = this;
    context.strokeStyle = colour;
    context.lineWidth = thickness * (this.canvas.width / 400);
    context.strokeRect(
      box.left * scale,
      box.top * scale,
      (box.right - box.left) * scale,
      (box.bottom - box.top) * scale,
    );
  }

  // Outlines the pixels for which `inside(index)` holds.
  contour(inside, colour, thickness) {
    const { context, scale, height, width } = this;
    context.strokeStyle = colour;
    context.lineWidth = thickness * (this.canvas.width / 400);
    context.beginPath();
    const holds = (x, y) => x >= 0 && y >= 0 && x < width && y < height && inside(y * width + x);
    for (let y = 0; y <= height; y++) {
      for (let x = 0; x <= width; x++) {
        if (holds(x, y) !== holds(x - 1, y)) {
          context.moveTo(x * scale, y * scale);
          context.lineTo(x * scale, (y + 1) * scale);
        }
        if (holds(x, y) !== holds(x, y - 1)) {
          context.moveTo(x * scale, y * scale);
          context.lineTo((x + 1) * scale, y * scale);
        }
      }
    }
    context.stroke();
  }

  // Where a pointer is, in the image's pixels from its left top corner.
  placeOf(event) {
    const frame = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - frame.left) / frame.width) * this.width,
      y: ((event.clientY - frame.top) / frame.height) * this.height,
    };
  }
}
