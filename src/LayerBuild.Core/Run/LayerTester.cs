using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Run;

/// <summary>
/// Tries finished layers in the Pythons of this machine: imports what <c>Imports</c> names, and calls the handlers of
/// functions with their layers merged. Reports what could not be tried.
/// </summary>
internal sealed class LayerTester(IReadOnlyList<BuiltLayer> layers, TestOptions options, DiagnosticLog log)
{
    private const int ListedFiles = 50;
    private const int ListedLines = 200;

    private readonly InstalledPythons _pythons = new(options.Python, options.Environment);

    private static string HostMachine => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => Lambda.Architecture.X64.Machine,
        System.Runtime.InteropServices.Architecture.Arm64 => Lambda.Architecture.Arm64.Machine,
        var other => other.ToString(),
    };

    /// <param name="name">The item's name.</param>
    /// <param name="imports">The item's <c>Imports</c>.</param>
    public async Task TestImportsAsync(string name, IReadOnlyList<string> imports, string? projectFile, CancellationToken cancellation)
    {
        DiagnosticLog layerLog = log.Child(projectFile);
        if (imports.Count == 0)
        {
            layerLog.Note($"Layer '{name}': there is nothing to import, because its Imports is empty.");
            return;
        }

        // One zip for both architectures holds no native files: what imports here imports there.
        foreach (Lambda.Architecture other in BuiltLayer.ArchitecturesOf(layers, name)
            .Where(a => a.Machine != HostMachine && BuiltLayer.Find(layers, name, a) != ForThisMachine(name)))
        {
            layerLog.Note($"Layer '{name}': on {other}, not tested: this machine is {HostMachine}.");
        }

        if (ForThisMachine(name) is not { } layer)
        {
            return;
        }

        using var work = new TemporaryFolder();
        string opt = work.Make("opt");
        OptDirectory.Merge([layer.ZipPath], opt, cancellation);
        foreach (LambdaRuntime runtime in layer.Runtimes)
        {
            string what = $"Layer '{name}': on {runtime}";
            if (await PythonForAsync(what, runtime, opt, layerLog, cancellation).ConfigureAwait(false) is not { } python)
            {
                continue;
            }

            IReadOnlyList<string> modules = ImportList.Of(layer, imports, runtime, opt);
            var job = new JsonObject { ["imports"] = new JsonArray([.. modules.Select(m => JsonValue.Create(m))]) };
            LambdaRun run = await Process(work, opt).RunAsync(python, runtime, job, cancellation).ConfigureAwait(false);
            ReportImports(what, modules, run, opt, layerLog);
        }
    }

    public async Task TestFunctionAsync(LambdaFunctionDeclaration function, CancellationToken cancellation)
    {
        DiagnosticLog functionLog = log.Child(function.ProjectFile);
        if (function.Handler is null || (function.CodeDirectory is null && function.CodeZip is null))
        {
            functionLog.Note($"Function '{function.Name}': not tested: it has no {(function.Handler is null ? "Handler" : "CodeDirectory or CodeZip")}.");
            return;
        }

        if (function.Architecture is { } wanted && wanted.Machine != HostMachine)
        {
            functionLog.Note($"Function '{function.Name}': on {wanted}, not tested: this machine is {HostMachine}.");
            return;
        }

        var found = new List<BuiltLayer>();
        foreach (string name in function.OwnLayers)
        {
            if (ForThisMachine(name) is not { } layer)
            {
                functionLog.Note($"Function '{function.Name}': not tested: its layer '{name}' is not for this machine ({HostMachine}).");
                return;
            }

            found.Add(layer);
        }

        using var work = new TemporaryFolder();
        string opt = work.Make("opt");
        OptDirectory.Merge(found.Select(l => l.ZipPath), opt, cancellation);
        string code = function.CodeDirectory ?? work.Make("code");
        if (function.CodeZip is { } zip)
        {
            ZipFile.ExtractToDirectory(zip, code);
        }

        foreach (string foreign in function.ForeignLayers)
        {
            functionLog.Note($"Function '{function.Name}': its layer {foreign} is not here; the test runs without it.");
        }

        IReadOnlyList<LambdaRuntime> runtimes = function.Runtime is { } one ? [one] : FunctionCheck.CommonRuntimes(found);
        if (runtimes.Count == 0)
        {
            functionLog.Note($"Function '{function.Name}': not tested: neither it nor its layers name a runtime.");
        }

        foreach (LambdaRuntime runtime in runtimes)
        {
            string what = $"Function '{function.Name}': on {runtime}";
            if (await PythonForAsync(what, runtime, opt, functionLog, cancellation).ConfigureAwait(false) is not { } python)
            {
                continue;
            }

            var job = new JsonObject
            {
                ["name"] = function.Name,
                ["handler"] = function.Handler,
                ["code"] = code,
                ["event"] = JsonNode.Parse(function.Event),
            };
            LambdaRun run = await Process(work, opt).RunAsync(python, runtime, job, cancellation).ConfigureAwait(false);
            ReportFunction(what, function, run, opt, functionLog);
        }
    }

    private BuiltLayer? ForThisMachine(string name)
    {
        Lambda.Architecture? host = Lambda.Architecture.All.FirstOrDefault(a => a.Machine == HostMachine);
        return host is not null && BuiltLayer.ArchitecturesOf(layers, name).Contains(host) ? BuiltLayer.Find(layers, name, host) : null;
    }

    private LambdaProcess Process(TemporaryFolder work, string opt) => new(opt, work.Make("run"), options);

    /// <returns>Null when there is none; the log says why.</returns>
    private async Task<InstalledPython?> PythonForAsync(
        string what, LambdaRuntime runtime, string opt, DiagnosticLog toLog, CancellationToken cancellation)
    {
        if (runtime.Family != RuntimeFamily.Python)
        {
            toLog.Note($"{what}, not tested: only Python can be run here.");
            return null;
        }

        if (await _pythons.FindAsync(runtime, cancellation).ConfigureAwait(false) is not { } python)
        {
            toLog.Note($"{what}, not tested: Python {runtime.PythonVersion} is not installed here (looked on PATH, in pyenv, and at LambdaLayerPython).");
            return null;
        }

        if (!OperatingSystem.IsLinux() && OptDirectory.List(opt).Any(f => Path.GetExtension(f) is ".so"))
        {
            toLog.Note($"{what}, not tested: the layer has files that only Linux loads.");
            return null;
        }

        return python;
    }

    private static void ReportImports(string what, IReadOnlyList<string> modules, LambdaRun run, string opt, DiagnosticLog toLog)
    {
        var imported = new List<string>();
        string? trying = null;
        foreach (JsonObject result in run.Results)
        {
            if ((string?)result["trying"] is { } next)
            {
                trying = next;
                continue;
            }

            trying = null;
            string module = (string)result["module"]!;
            if ((string?)result["error"] is not { } error)
            {
                imported.Add(module);
            }
            else if (OnlyInLambda(result, opt) is { } carried)
            {
                toLog.Note($"{what}, '{module}' was not tested to the end: it imports {carried}, which Lambda's runtime has and this machine does not.");
            }
            else
            {
                toLog.Error("LB3007", $"{what}, 'import {module}' failed: {error}{Indent(LastLines((string?)result["trace"], 12))}");
            }
        }

        if (run.Ended is not null)
        {
            toLog.Error("LB3007", $"{what}, {(trying is null ? "the test did not finish" : $"'import {trying}' failed")}: {run.Ended}.{Indent(LastLines(run.Log, 12))}");
        }

        if (imported.Count > 0)
        {
            toLog.Note($"{what}, imported {string.Join(", ", imported)}.");
        }
        else if (modules.Count == 0)
        {
            toLog.Note($"{what}, there is nothing to import: no package was asked for.");
        }
    }

    private static void ReportFunction(string what, LambdaFunctionDeclaration function, LambdaRun run, string opt, DiagnosticLog toLog)
    {
        IReadOnlyList<string> files = OptDirectory.List(opt);
        string more = files.Count > ListedFiles ? string.Create(CultureInfo.InvariantCulture, $"\n... and {files.Count - ListedFiles} more") : "";
        string listing = files.Count == 0 ? "no layers" : string.Join('\n', files.Take(ListedFiles).Select(f => $"/opt/{f}")) + more;
        string details = $"{(run.Log.Length == 0 ? "" : $"\n  log:{Indent(LastLines(run.Log, ListedLines), 4)}")}\n  /opt:{Indent(listing, 4)}";
        JsonObject? last = run.Results.LastOrDefault(r => r["trying"] is null);
        if (run.Ended is null && (string?)last?["answer"] is { } answer)
        {
            toLog.Note($"{what}, {function.Handler} answered {answer}{details}");
        }
        else if (run.Ended is null && last is not null && OnlyInLambda(last, opt) is { } carried)
        {
            toLog.Note($"{what}, not tested to the end: it imports {carried}, which Lambda's runtime has and this machine does not.{details}");
        }
        else
        {
            string why = run.Ended is not null ? run.Ended + "." : (string?)last?["error"] ?? "it gave no answer.";
            toLog.Error("LB3012", $"{what}, {function.Handler} failed: {why}{Indent(LastLines((string?)last?["trace"], 12))}{details}");
        }
    }

    /// <summary>The module that is missing here only because this is not Lambda; null when the failure is real.</summary>
    private static string? OnlyInLambda(JsonObject result, string opt) =>
        (string?)result["missing"] is { } missing && PythonModules.IsCarried(missing)
        && !Directory.Exists(Path.Combine(opt, "python", missing)) ? missing : null;

    private static string LastLines(string? text, int count)
    {
        string[] lines = (text ?? "").ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        return string.Join('\n', lines.Length > count ? ["...", .. lines[^count..]] : lines);
    }

    private static string Indent(string text, int columns = 2) =>
        text.Length == 0 ? "" : "\n" + string.Join('\n', text.Split('\n').Select(l => new string(' ', columns) + l));

    /// <summary>Gone with the test.</summary>
    private sealed class TemporaryFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("layerbuild-test-").FullName;

        public string Make(string name) => Directory.CreateDirectory(Path.Combine(_path, name)).FullName;

        public void Dispose()
        {
            try
            {
                Directory.Delete(_path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What the tested code left open is the system's to clean.
            }
        }
    }
}
