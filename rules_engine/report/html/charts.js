(() => {
  "use strict";
  const specs = [...document.querySelectorAll('script[type="application/json"][data-chart]')];
  const options = { renderer: "svg", actions: false, ast: true };
  const draw = async (node) => {
    const target = document.getElementById(node.dataset.chart);
    try {
      await vegaEmbed(target, JSON.parse(node.textContent), options);
    } catch (error) {
      target.textContent = "This chart cannot be drawn here; the table beside it says the same. " + error;
      return 1;
    }
    return 0;
  };
  Promise.all(specs.map(draw)).then((failed) => {
    document.documentElement.dataset.charts = String(specs.length);
    document.documentElement.dataset.failed = String(failed.reduce((sum, one) => sum + one, 0));
  });
  addEventListener("beforeprint", () => {
    for (const node of document.querySelectorAll("details")) {
      node.dataset.was = String(node.open);
      node.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const node of document.querySelectorAll("details")) node.open = node.dataset.was === "true";
  });
})();
