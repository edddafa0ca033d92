using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>Where Pythons are looked for.</summary>
/// <param name="Python"><c>LambdaLayerPython</c>; null when it is not set.</param>
internal sealed record PythonPlaces(string? Python, IReadOnlyDictionary<string, string> Environment)
{
    /// <param name="environment">Null for that of this process.</param>
    public static PythonPlaces Of(string? python, IReadOnlyDictionary<string, string>? environment) =>
        new(python, environment ?? ProcessEnvironment.Read());
}

/// <summary>
/// <c>Bytecode="unchecked-hash"</c>: adds compiled files for every declared Python that is installed here. Lambda's /opt
/// cannot be written, so without them each cold start compiles again.
/// </summary>
internal sealed class BytecodeStep(LayerDeclaration layer, PythonPlaces places, DiagnosticLog log)
{
    private readonly ExcludeRules _left = new(layer);

    /// <returns>The compiled files, each owned by the package of its source.</returns>
    public IReadOnlyList<PlacedFile> Compile(IReadOnlyList<PlacedFile> files, CancellationToken cancellation)
    {
        var pythons = new InstalledPythons(places.Python, places.Environment);
        var taken = files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        var work = new List<(BytecodeCompiler Compiler, PlacedFile[] Sources)>();
        foreach (LambdaRuntime runtime in layer.PythonRuntimes)
        {
            if (pythons.FindAsync(runtime, cancellation).GetAwaiter().GetResult() is not { } python)
            {
                log.Warning(
                    "LB2010",
                    $"Layer '{layer.Name}': no Python {runtime.PythonVersion} was found here (python{runtime.PythonVersion} on PATH, pyenv), so the layer has no bytecode for {runtime}. Install it, or set Bytecode=\"none\".");
                continue;
            }

            var compiler = new BytecodeCompiler(python, places.Environment);
            work.AddRange(files
                .Where(f => IsSource(f, runtime) && compiler.PathFor(f.Path) is var target && !taken.Contains(target) && !_left.Excludes(target))
                .GroupBy(f => f.Owner)
                .Select(group => (compiler, group.ToArray())));
        }

        var compiled = new List<PlacedFile>[work.Count];
        SideBySide.For(work.Count, i => compiled[i] = Compile(work[i].Compiler, work[i].Sources, cancellation), cancellation);
        return [.. compiled.SelectMany(c => c)];
    }

    /// <summary>Modules that a runtime can import; another Python's site-packages are not its own.</summary>
    private static bool IsSource(PlacedFile file, LambdaRuntime runtime) =>
        file.Kind != EntryKind.SymbolicLink
        && file.Path.StartsWith("python/", StringComparison.Ordinal)
        && file.Path.EndsWith(".py", StringComparison.Ordinal)
        && (!file.Path.StartsWith("python/lib/python3.", StringComparison.Ordinal)
            || file.Path.StartsWith($"python/lib/python{runtime.PythonVersion}/", StringComparison.Ordinal));

    private static List<PlacedFile> Compile(BytecodeCompiler compiler, PlacedFile[] sources, CancellationToken cancellation)
    {
        BytecodeCache? cache = sources[0].Owner is { } owner ? new BytecodeCache(owner.WheelPath, compiler.Identity, sources) : null;
        IReadOnlyList<EntryContent>? contents = cache?.TryLoad();
        if (contents is null)
        {
            byte[][] results = compiler.CompileAsync([.. sources.Select(s => (s.Path, s.Content))], cancellation).GetAwaiter().GetResult();
            contents = cache?.TrySave(results) ?? [.. results.Select(r => new GeneratedContent(r))];
        }

        return
        [
            .. from pair in sources.Zip(contents)
               where pair.Second.Size > 0
               select new PlacedFile(compiler.PathFor(pair.First.Path), EntryKind.File, pair.Second, pair.First.Owner),
        ];
    }
}
