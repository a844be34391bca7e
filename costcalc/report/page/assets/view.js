"use strict";
// What of the graph is in sight: pan, zoom, fit.

// Scales at which texts are read with ease, and at which they can be read.
const LEGIBLE = 0.7;
const LEAST = 0.55;

class View {
  constructor(page, svg, picture) {
    Object.assign(this, { page, svg, picture, scale: 1, x: 0, y: 0, pointers: new Map(), moved: false });
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.press(event));
    svg.addEventListener("pointermove", (event) => this.drag(event));
    new ResizeObserver(() => this.picture.sight && this.show()).observe(svg.parentElement);
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
  }

  get size() {
    const { clientWidth, clientHeight } = this.svg.parentElement;
    return [clientWidth, clientHeight];
  }

  show() {
    const { x, y, scale } = this;
    const [width, height] = this.size;
    this.picture.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.picture.look({ left: -x / scale, top: -y / scale, right: (width - x) / scale, bottom: (height - y) / scale, scale });
  }

  // All of the graph, or, if that would be too small to read, its beginning.
  fit(whole = true) {
    const [width, height] = [this.size[0] - 56, this.size[1]];
    const { width: w, height: h, axis } = this.picture.placed;
    const all = Math.min(1.15, width / w, height / h);
    this.scale = whole || all >= LEGIBLE ? all : Math.min(0.9, Math.max(LEAST, width / w));
    const [room, taken] = [this.size[0], w * this.scale];
    this.x = taken <= width ? (width - taken) / 2 : taken <= room ? (room - taken) / 2 : Math.max(room - taken, Math.min(0, room / 2 - axis * this.scale));
    this.y = Math.max(0, (height - h * this.scale) / 2);
    this.show();
  }

  zoom(factor, x = this.size[0] / 2, y = this.size[1] / 2) {
    const scale = Math.min(4, Math.max(0.02, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.show();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.show();
  }

  // Bring an item into sight.
  reveal(id) {
    const at = this.picture.at.get(id);
    if (!at) return;
    const [width, height] = this.size;
    if (this.scale < LEAST - 0.001) this.zoom(0.8 / this.scale);
    const [left, top] = [this.x + at.x * this.scale, this.y + at.y * this.scale];
    const [w, h] = [at.width * this.scale, Math.min(at.height * this.scale, height / 2)];
    if (left < 0 || left + w > width) this.x += (width - w) / 2 - left;
    if (top < 0 || top + h > height) this.y += (height - h) / 2 - top;
    this.show();
  }

  // Make room for a block that was unfolded: all of its width, if that is legible.
  admit(id) {
    const at = this.picture.at.get(id);
    const [room] = this.size;
    const scale = Math.max(LEAST, (room - 16) / at.width);
    if (this.scale > scale) this.zoom(scale / this.scale, room / 2, this.y + at.y * this.scale);
    const [left, width] = [this.x + at.x * this.scale, at.width * this.scale];
    if ((left < 0 || left + width > room) && width <= room) this.pan((room - width) / 2 - left, 0);
  }

  wheel(event) {
    event.preventDefault();
    const box = this.svg.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      this.zoom(Math.exp(-event.deltaY / 240), event.clientX - box.left, event.clientY - box.top);
    } else this.pan(-event.deltaX, -event.deltaY);
  }

  press(event) {
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 1) this.moved = false;
  }

  // One pointer pans; two pan and zoom.
  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const others = [...this.pointers.values()].filter((each) => each.pointerId !== event.pointerId);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (!this.moved && Math.hypot(dx, dy) < 4) return;
    this.moved = true;
    this.svg.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (!others.length) return this.pan(dx, dy);
    const away = (each) => Math.hypot(each.clientX - others[0].clientX, each.clientY - others[0].clientY);
    const box = this.svg.getBoundingClientRect();
    this.zoom(away(event) / Math.max(1, away(before)), others[0].clientX - box.left, others[0].clientY - box.top);
  }
}
