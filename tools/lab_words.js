// JupyterLab 造 Markdown 格时漏传了翻译器，那里的话就一直是英文；让缺省的翻译器也去查语言包。
// 手写的“预先编译好的扩展”：不经打包，所以自己从共用的模块里取 @jupyterlab/translation。
(() => {
  const NAME = "@jupyterlab/translation";
  let shared;

  async function words() {
    const [version] = Object.values(shared[NAME]);
    const { ITranslator, nullTranslator } = (await version.get())();
    const activate = (_, translator) => {
      nullTranslator.load = (domain) => translator.load(domain);
    };
    const plugin = { id: "d2l-words:plugin", autoStart: true, requires: [ITranslator], activate };
    return { __esModule: true, default: plugin };
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["d2l-words"] = {
    init: (scope) => void (shared = scope),
    get: async () => {
      const module = await words();
      return () => module;
    },
  };
})();
