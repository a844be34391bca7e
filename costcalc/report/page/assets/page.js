"use strict";
// The page: what is shown, and what follows from a choice.

class Page extends Network {
  constructor(data) {
    super(data, data.by);
    this.state.columns = new Set(["params", "mult_adds", "activations"]);
    this.picture = new Picture(this, byId("drawing"));
    this.view = new View(this, byId("drawing"), this.picture);
    this.rows = new Rows(this, byId("table"));
    this.panel = new Panel(this, byId("layer"));
    this.controls = new Controls(this);
    this.picture.layOut();
    this.recomputed();
    this.view.fit(false);
    listen(this);
  }

  choose(id, reveal = "") {
    this.state.selected = id;
    const item = this.items[id];
    for (let up = item.parent; up; up = up.parent) {
      if (!this.state.open.has(up.id)) {
        this.state.open.add(up.id);
        this.stale = true;
      }
    }
    if (this.stale) this.layOut();
    else {
      this.picture.colour();
      this.rows.mark();
    }
    if (reveal !== "graph" && id) this.view.reveal(id);
    if (reveal !== "table") this.rows.scroller.reveal(id);
    this.panel.show(item);
  }

  // Fold or unfold a block; it stays where it is on the screen.
  toggle(id) {
    const { open } = this.state;
    const before = this.picture.at.get(id);
    if (open.has(id)) open.delete(id);
    else open.add(id);
    this.layOut();
    const after = this.picture.at.get(id);
    if (before && after) {
      const [a, b] = [before, after].map((at) => at.x + at.width / 2);
      this.view.pan((a - b) * this.view.scale, (before.y - after.y) * this.view.scale);
    }
    if (open.has(id)) this.view.admit(id);
    announce(`${this.items[id].name} ${open.has(id) ? "unfolded" : "folded"}`);
  }

  openAll(all) {
    this.state.open = new Set(all ? this.items.filter((each) => each.isBlock).map((each) => each.id) : [0]);
    this.layOut();
    this.view.fit(!all);
  }

  layOut() {
    this.stale = false;
    this.picture.layOut();
    this.rows.layOut();
  }

  colourBy(key) {
    this.state.by = key;
    this.quantity = this.amounts.quantity[key];
    this.state.columns.add(key);
    this.picture.colour();
    this.rows.renew();
    this.controls.renew();
  }

  // Other sizes of the input: every number follows. Returns why the network does not take them, if so.
  resize(sizes) {
    const problem = this.takes(sizes);
    if (problem) return problem;
    this.picture.layOut();
    this.recomputed();
    return "";
  }

  recomputed() {
    this.rows.renew();
    this.controls.renew();
    this.picture.colour();
    this.panel.show(this.items[this.state.selected]);
  }
}
