// Reads {tables, queries} as JSON from standard input; writes for each query what Microsoft's Kusto parser and binder find.
"use strict";
const fs = require("fs");
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const { GlobalState, KustoCode, Symbols } = Kusto.Language;
const { tables, queries } = JSON.parse(fs.readFileSync(0, "utf8"));
const types = Symbols.ScalarTypes;

function typeOf(name) {
  return { datetime: types.DateTime, string: types.String, int: types.Int, long: types.Long, real: types.Real, bool: types.Bool, dynamic: types.Dynamic }[name];
}

const symbols = Object.entries(tables).map(
  ([table, columns]) =>
    new Symbols.TableSymbol.$ctor4(table, Object.entries(columns).map(([name, type]) => new Symbols.ColumnSymbol(name, typeOf(type)))),
);
const database = new Symbols.DatabaseSymbol.$ctor1("workspace", symbols);
const globals = GlobalState.Default.WithDatabase(database);

const found = {};
for (const [name, text] of Object.entries(queries)) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const diagnostics = code.GetDiagnostics();
  found[name] = [];
  for (let at = 0; at < diagnostics.Count; at += 1) {
    const diagnostic = diagnostics.getItem(at);
    const part = text.slice(diagnostic.Start, diagnostic.Start + diagnostic.Length);
    found[name].push(`${diagnostic.Severity} ${diagnostic.Code}: ${diagnostic.Message} [${part}]`);
  }
}
process.stdout.write(JSON.stringify(found));
