using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Pack;
using LayerBuild.Steps.Stage;
using LayerBuild.Steps.Verify;

namespace LayerBuild.Benchmarks;

/// <summary>
/// What checking a layer costs beside making its zip out of wheels, in processor time of one process: the whole work with
/// the checks, less the same without them.
/// </summary>
/// <param name="cache">Full path of a cache that holds the layer's wheels and no others.</param>
internal sealed class VerifyBenchmark(BenchmarkOptions options, string cache)
{
    private readonly LambdaRuntime _python = LambdaRuntime.Find(options.Runtime)!;
    private readonly ResolvedWheel[] _wheels =
    [
        .. from path in Directory.GetFiles(Path.Combine(cache, "wheels"), "*.whl", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
           let parts = Path.GetFileName(path).Split('-')
           select new ResolvedWheel(parts[0], parts[1], Path.GetFileName(path), path, Path.GetFileName(Path.GetDirectoryName(path))!, Requested: true),
    ];

    private int _files;

    public void Run()
    {
        // The first rounds are the compiler's.
        int rounds = Math.Max(options.Runs, 5) + 10;
        var rows = new List<string>();
        foreach ((string name, bool notes, bool imports) in new[]
        {
            ("wheels read for the first time", false, false), ("wheels known", true, false),
            ("wheels read for the first time, Imports=\"auto\" for all packages", false, true), ("wheels known, Imports=\"auto\" for all packages", true, true),
        })
        {
            Make(notes: false, checks: true, imports);
            var ratios = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                double with = Make(notes, checks: true, imports);
                double without = Make(notes, checks: false, imports);
                ratios.Add((with - without) / without);
            }

            rows.Add($"| {name} | {Measurement.Median(ratios.Skip(10)):0.000} |");
        }

        Console.WriteLine($"""

            checks: {_files:N0} files of {_wheels.Length} wheels (medians of the ratios of paired rounds in a warm process)
            | case | processor time, of that for making the zip |
            | --- | --- |
            {string.Join('\n', rows)}
            """);
    }

    /// <summary>Milliseconds of processor time from wheels to zip.</summary>
    private double Make(bool notes, bool checks, bool imports)
    {
        foreach (string note in notes ? [] : _wheels.SelectMany(w => Directory.GetFiles(Path.GetDirectoryName(w.Path)!)).Where(f => !f.EndsWith(".whl", StringComparison.Ordinal)))
        {
            File.Delete(note);
        }

        var layer = new LayerDeclaration
        {
            Name = LayerName.TryParse("bench", out LayerName name) ? name : default,
            ProjectDirectory = cache,
            Runtimes = [_python],
            Architectures = [Architecture.X64],
            Imports = imports ? ["auto"] : [],
        };
        var resolution = new LayerResolution(new Dictionary<PythonTarget, IReadOnlyList<ResolvedWheel>> { [new PythonTarget(_python, Architecture.X64)] = _wheels });
        string zip = Path.Combine(cache, "verify.zip");
        string state = Path.Combine(cache, "verify.state");
        var log = new DiagnosticLog();
        GC.Collect();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        var builder = new LayerTreeBuilder(log) { Wheels = new WheelIndexes(checks ? wheel => new WheelInspector(wheel, imports) : null) };
        LayerTree tree = builder.Build(layer, Architecture.X64, [], resolution, CancellationToken.None)
            ?? throw new InvalidOperationException(string.Join('\n', log.Diagnostics));
        if (checks)
        {
            new LayerVerifier(log).Verify(layer, Architecture.X64, tree, CancellationToken.None);
        }

        // No second zip for a layer above 50 MB: it would make the checks look cheap.
        new LayerPacker(new PackOptions { CachePath = cache, SmallestAbove = long.MaxValue }, log).Pack(tree, zip, state, CancellationToken.None);
        TimeSpan took = Environment.CpuUsage.TotalTime - start;
        _files = tree.Entries.Count;
        File.Delete(zip);
        File.Delete(state);
        return took.TotalMilliseconds;
    }
}
