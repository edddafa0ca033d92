using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>Whether functions can have the layers that they list ("Lambda quotas", "Adding layers to functions").</summary>
internal sealed class FunctionCheck(IReadOnlyList<BuiltLayer> layers, DiagnosticLog log)
{
    private const int MostLayers = 5;
    private const int ListedPaths = 5;

    public void Check(LambdaFunctionDeclaration function, CancellationToken cancellation)
    {
        DiagnosticLog functionLog = log.Child(function.ProjectFile);
        CheckCount(function, functionLog);
        if (CheckNames(function, functionLog) && CheckFit(function, functionLog) is { } found)
        {
            CheckSize(function, found, functionLog);
            CheckPaths(function, found, functionLog, cancellation);
        }
    }

    private static void CheckCount(LambdaFunctionDeclaration function, DiagnosticLog functionLog)
    {
        if (function.Layers.Count > MostLayers)
        {
            functionLog.Error("LB4006", string.Create(CultureInfo.InvariantCulture,
                $"Function '{function.Name}': it lists {function.Layers.Count} layers; Lambda allows {MostLayers}. Put the packages of several layers into one."));
        }

        foreach (IGrouping<string, string> twice in function.Layers.GroupBy(LayerOf, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            functionLog.Error("LB4010", $"Function '{function.Name}': it lists the layer '{twice.Key}' {twice.Count()} times; "
                + "Lambda takes a layer only once, in one version. Remove the others.");
        }
    }

    /// <summary>A layer's name, or its ARN without the version.</summary>
    private static string LayerOf(string layer) =>
        LambdaFunctionDeclaration.IsArn(layer) && layer.Count(c => c == ':') == 7 ? layer[..layer.LastIndexOf(':')] : layer;

    private bool CheckNames(LambdaFunctionDeclaration function, DiagnosticLog functionLog)
    {
        foreach (string name in function.OwnLayers.Where(n => BuiltLayer.Find(layers, n, null) is null))
        {
            string? meant = Spelling.Closest(name, layers.Select(l => l.Name));
            functionLog.Error("LB1014", $"Function '{function.Name}': it lists the layer '{name}', which this project did not build. "
                + (meant is not null ? $"Did you mean '{meant}'?" : "Name a LambdaLayer item, or an ARN with its version (arn:aws:lambda:...:layer:name:1)."));
        }

        return !functionLog.HasErrors;
    }

    /// <returns>The layers of the function's architecture, in order; null when they do not fit.</returns>
    private BuiltLayer[]? CheckFit(LambdaFunctionDeclaration function, DiagnosticLog functionLog)
    {
        string[] own = [.. function.OwnLayers];
        Architecture? architecture = function.Architecture
            ?? Architecture.All.FirstOrDefault(a => own.All(n => BuiltLayer.ArchitecturesOf(layers, n).Contains(a)));
        if (architecture is null)
        {
            functionLog.Error("LB3010", $"Function '{function.Name}': its layers have no architecture in common: "
                + $"{string.Join("; ", own.Select(n => $"'{n}' is for {string.Join(" and ", BuiltLayer.ArchitecturesOf(layers, n))}"))}. "
                + "A function runs on one architecture: build all of its layers for that one (CompatibleArchitectures).");
            return null;
        }

        foreach (string name in own.Where(n => !BuiltLayer.ArchitecturesOf(layers, n).Contains(architecture)))
        {
            functionLog.Error("LB3010", $"Function '{function.Name}': it runs on {architecture}, but its layer '{name}' is for "
                + $"{string.Join(" and ", BuiltLayer.ArchitecturesOf(layers, name))}. Add {architecture} to the layer's CompatibleArchitectures.");
        }

        // A layer that is not for the architecture has runtimes all the same.
        BuiltLayer[] found = [.. own.Select(n => BuiltLayer.Find(layers, n, architecture) ?? BuiltLayer.Find(layers, n, null)!)];
        if (function.Runtime is { } runtime)
        {
            foreach (BuiltLayer layer in found.Where(l => l.Runtimes.Count > 0 && !l.Runtimes.Contains(runtime)))
            {
                functionLog.Error("LB3010", $"Function '{function.Name}': it runs on {runtime}, but its layer '{layer.Name}' is for "
                    + $"{string.Join(", ", layer.Runtimes)}. Add {runtime} to the layer's CompatibleRuntimes.");
            }
        }
        else if (found.Any(l => l.Runtimes.Count > 0) && CommonRuntimes(found).Count == 0)
        {
            functionLog.Error("LB3010", $"Function '{function.Name}': its layers have no runtime in common: "
                + $"{string.Join("; ", found.Where(l => l.Runtimes.Count > 0).Select(l => $"'{l.Name}' is for {string.Join(", ", l.Runtimes)}"))}.");
        }

        return functionLog.HasErrors ? null : found;
    }

    /// <summary>The runtimes that all layers are for, in the order of the data file; a layer that declares none is for all.</summary>
    public static IReadOnlyList<LambdaRuntime> CommonRuntimes(IReadOnlyList<BuiltLayer> found)
    {
        BuiltLayer[] declaring = [.. found.Where(l => l.Runtimes.Count > 0)];
        return declaring.Length == 0 ? [] : [.. LambdaRuntime.All.Where(r => declaring.All(l => l.Runtimes.Contains(r)))];
    }

    private static void CheckSize(LambdaFunctionDeclaration function, BuiltLayer[] found, DiagnosticLog functionLog)
    {
        (string What, long Bytes)[] parts =
        [
            ("its code", FunctionCode.Size(function) ?? 0),
            .. found.Select(l => ($"'{l.Name}'", l.Manifest.UnzippedSize)),
        ];
        long sum = parts.Sum(p => p.Bytes);
        string list = string.Join(" + ", parts.Where(p => p.Bytes > 0).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.What} {p.Bytes:N0}")));
        string[] foreign = [.. function.ForeignLayers];
        string unknown = foreign.Length == 0 ? "" : $" The size of {string.Join(", ", foreign)} is not known here and is not included.";
        if (sum >= LambdaLimits.Unzipped)
        {
            functionLog.Error("LB4005", string.Create(CultureInfo.InvariantCulture,
                $"Function '{function.Name}': with its layers it has {sum:N0} bytes unzipped; it must have less than {LambdaLimits.Unzipped:N0}: {list}.{unknown} Make the layers smaller (ExcludeFiles, Slim), or list fewer of them."));
        }
        else if (foreign.Length > 0)
        {
            functionLog.Note(string.Create(CultureInfo.InvariantCulture,
                $"Function '{function.Name}': {sum:N0} of {LambdaLimits.Unzipped:N0} bytes unzipped with the layers of this project.{unknown}"));
        }
    }

    /// <summary>When two layers have a file at one path, the function sees the later one's: most likely not what was meant, if they differ.</summary>
    private static void CheckPaths(LambdaFunctionDeclaration function, BuiltLayer[] found, DiagnosticLog functionLog, CancellationToken cancellation)
    {
        LayerContents[] contents = [.. found.Select(l => new LayerContents(l))];
        for (int later = 1; later < contents.Length; later++)
        {
            for (int earlier = 0; earlier < later; earlier++)
            {
                cancellation.ThrowIfCancellationRequested();
                string[] paths = [.. contents[earlier].Differing(contents[later])];
                if (paths.Length > 0)
                {
                    string list = string.Join("; ", paths.Take(ListedPaths).Select(p => $"{p} ({contents[earlier].OwnerOf(p)}, {contents[later].OwnerOf(p)})"));
                    string more = paths.Length > ListedPaths ? $" and {paths.Length - ListedPaths} more" : "";
                    functionLog.Warning("LB3011", $"Function '{function.Name}': it gets different files for one path from its layers "
                        + $"'{found[earlier].Name}' and '{found[later].Name}': {list}{more}. In /opt it sees the file of '{found[later].Name}', the later layer. "
                        + "Put the package in only one of the layers, or the same version in both.");
                }
            }
        }
    }
}
