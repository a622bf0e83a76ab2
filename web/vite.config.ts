// Builds report.html with all scripts and styles inside one file, dist/report.html: the template the program fills.
import { defineConfig, type Plugin } from "vite";

// Puts the one script and the one style sheet of the bundle into the page. The script goes to the end of the body: it
// reads what stands before it, and an inline script has no `defer`.
function inOneFile(): Plugin {
  return {
    name: "chipchain-in-one-file",
    enforce: "post",
    generateBundle(_options, bundle) {
      const page = Object.values(bundle).find((part) => part.fileName.endsWith(".html"));
      if (page?.type !== "asset") throw new Error("no page in the bundle");
      let html = String(page.source).replace(/<script type="module"[^>]*><\/script>|<link rel="(modulepreload|stylesheet)"[^>]*>/g, "");
      for (const part of Object.values(bundle)) {
        if (part === page) continue;
        if (part.type === "chunk") {
          const code = part.code.replace(/<\/script/g, "<\\/script").replace(/<!--/g, "<\\!--");
          html = html.replace("</body>", () => `<script type="module">${code}</script>\n</body>`);
        } else if (part.fileName.endsWith(".css")) {
          html = html.replace("</head>", () => `<style>${part.source}</style>\n</head>`);
        } else {
          throw new Error(`${part.fileName}: only scripts and styles go into the page`);
        }
        delete bundle[part.fileName];
      }
      page.source = html;
    },
  };
}

export default defineConfig({
  base: "./",
  build: {
    target: "es2021",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
    rollupOptions: { input: "report.html", output: { inlineDynamicImports: true } },
  },
  plugins: [inOneFile()],
});
