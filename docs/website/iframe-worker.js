// Search from disk: browsers start no worker for a page that was opened as a file, so its script runs in a hidden frame.
class IFrameWorker extends EventTarget {
  constructor(url) {
    super();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    document.body.append(frame);
    this.inner = frame.contentWindow;
    this.inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
    const script = this.inner.document.createElement("script");
    this.loaded = new Promise((done) => { script.onload = done; });
    script.src = url;
    this.inner.document.body.append(script);
  }

  postMessage(data) {
    this.loaded.then(() => this.inner.dispatchEvent(new this.inner.MessageEvent("message", { data })));
  }
}
if (location.protocol === "file:") {
  window.IFrameWorker = IFrameWorker;
  window.Worker = IFrameWorker;
}
