"use strict";
// Placing: the position of every item and the path of every edge, for a set of open blocks. As in placing.py.

const half = (n) => Math.floor(n / 2);

function placed(item, opened, M) {
  const isRoot = !item.parent;
  if (!isRoot && !(item.isBlock && opened.has(item.id))) {
    return { item, width: M.width, height: M.height, axis: half(M.width), x: 0, y: 0, layout: null, items: [] };
  }
  const own = item.layout;
  const items = item.children.map((child) => placed(child, opened, M));
  for (let i = 0; i < own.inputs + own.outputs; i++) {
    const [width, height] = isRoot ? [M.width, M.input] : [M.port, 0];
    items.push({ item: null, width, height, axis: half(width), x: 0, y: 0, layout: null, items: [] });
  }
  const made = { item, x: 0, y: 0, layout: own, items, top: [], bottom: [] };
  placeAcross(made, own, M);
  placeDown(made, own, isRoot, M);
  return made;
}

function placeAcross(made, own, M) {
  const columns = Math.max(0, ...own.columns) + 1;
  const [left, right, middle] = [0, 1, 2].map(() => new Array(columns).fill(0));
  let [aloneLeft, aloneRight] = [0, 0];
  made.items.forEach((item, i) => {
    const [before, after] = [item.axis, item.width - item.axis];
    if (own.alone.has(own.rows[i])) {
      [aloneLeft, aloneRight] = [Math.max(aloneLeft, before), Math.max(aloneRight, after)];
    } else {
      const column = own.columns[i];
      left[column] = Math.max(left[column], before);
      right[column] = Math.max(right[column], after);
    }
  });
  let at = 0;
  for (let i = 0; i < columns; i++) {
    middle[i] = at + left[i];
    at += left[i] + right[i] + (left[i] + right[i] ? M.across : 0);
  }
  const grid = Math.max(0, at - M.across);
  const axis = M.pad + Math.max(aloneLeft, half(grid));
  made.items.forEach((item, i) => {
    const along = own.alone.has(own.rows[i]) ? axis : axis - half(grid) + middle[own.columns[i]];
    item.x = along - item.axis;
  });
  const content = axis + Math.max(aloneRight, grid - half(grid));
  made.lane = content + M.lane;
  made.axis = axis;
  made.width = content + own.lanes * M.lane + M.pad;
}

function placeDown(made, own, isRoot, M) {
  const rows = Math.max(0, ...own.rows) + 1;
  const heights = new Array(rows).fill(0);
  made.items.forEach((item, i) => (heights[own.rows[i]] = Math.max(heights[own.rows[i]], item.height)));
  let at = isRoot ? M.pad : M.header;
  for (let row = 0; row < rows; row++) {
    made.top.push(at);
    made.bottom.push(at + heights[row]);
    at += heights[row] + (row === 0 && own.inputs && !isRoot ? M.near : M.down);
  }
  made.items.forEach((item, i) => (item.y = made.top[own.rows[i]]));
  made.height = made.bottom.at(-1) + (own.outputs ? 0 : M.pad);
}

// The edges between the items of an open block, as the data of SVG paths.
function paths(made, M) {
  const own = made.layout;
  const longest = new Map();
  const key = (route) => `${route.from} ${route.fromPort}`;
  for (const route of own.routes) {
    if (route.lane >= 0) longest.set(key(route), Math.max(longest.get(key(route)) ?? 0, own.rows[route.to]));
  }
  return own.routes.map((route) => path(made, own, route, longest.get(key(route)) ?? 0, M));
}

function path(made, own, route, longest, M) {
  const [x, y] = endOf(made, route.from, route.fromPort, true);
  const [to, end] = endOf(made, route.to, route.toPort, false);
  const [first, last] = [own.rows[route.from], own.rows[route.to]];
  const [above, below] = [made.bottom[last - 1], made.top[last]];
  if (route.lane < 0) return `M${x} ${y}V${above}${curve(x, above, to, below)}${end !== below ? `V${end}` : ""}`;
  const lane = made.lane + route.lane * M.lane;
  if (last < longest) return `M${lane} ${above}${curve(lane, above, to, below)}`;
  const after = made.top[first + 1];
  return `M${x} ${y}V${made.bottom[first]}${curve(x, made.bottom[first], lane, after)}V${above}${curve(lane, above, to, below)}`;
}

function curve(x, y, to, end) {
  const middle = half(y + end);
  return x === to ? `V${end}` : `C${x} ${middle} ${to} ${middle} ${to} ${end}`;
}

function endOf(made, number, port, out) {
  const item = made.items[number];
  const own = item.layout;
  const y = item.y + (out ? item.height : 0);
  if (!own) return [item.x + item.axis, y];
  const first = item.items.length - own.outputs - (out ? 0 : own.inputs);
  const inner = item.items[first + port];
  return [item.x + inner.x + inner.axis, y];
}
