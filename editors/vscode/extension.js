/** The extension: starts `digly lsp` for the YAML files of a workspace. */
const { isAbsolute, join } = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

/** Starts the server, and again when a setting changes. */
async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("digly.restart", () => restart(context)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("digly")) return restart(context);
    }),
  );
  await start(context);
}

/** Stops the server. */
async function deactivate() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart(context) {
  await deactivate();
  await start(context);
}

async function start(context) {
  const settings = vscode.workspace.getConfiguration("digly");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const command = programAt(settings.get("path") || "digly", folder);
  const envFiles = settings.get("envFiles") ?? [];
  const args = ["lsp", ...envFiles.flatMap((file) => ["--env-file", file])];
  client = new LanguageClient(
    "digly",
    "Digly",
    { command, args, options: folder === undefined ? {} : { cwd: folder } },
    {
      documentSelector: [{ scheme: "file", language: "yaml" }],
      initializationOptions: {
        // The page of errors is a part of the extension.
        docs: vscode.Uri.joinPath(context.extensionUri, "docs").toString(),
      },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(
      `${command} could not be started: ${error instanceof Error ? error.message : error}`,
      "Open the settings",
    );
    if (choice !== undefined) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "digly.path");
    }
  }
}

/** A name is looked up on the PATH; a relative path is one of the workspace. */
function programAt(path, folder) {
  const isName = !/[\\/]/.test(path);
  return isName || isAbsolute(path) || folder === undefined ? path : join(folder, path);
}

module.exports = { activate, deactivate };
