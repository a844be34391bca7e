"use strict";
// The data: as they are, or deflated, in base64.

async function dataOf(element) {
  if (element.type === "application/json") return JSON.parse(element.textContent);
  const bytes = Uint8Array.from(atob(element.textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

dataOf(byId("data")).then((data) => {
  window.page = data.networks ? new Comparison(data) : new Page(data);
  performance.mark("ready");
});
