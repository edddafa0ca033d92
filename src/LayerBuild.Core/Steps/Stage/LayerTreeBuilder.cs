using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Stage;

/// <summary>Installs wheels and merges them with the user's content into the tree of one architecture.</summary>
/// <param name="pythons">Where Pythons for bytecode are found; null for PATH and pyenv of this process.</param>
internal sealed class LayerTreeBuilder(DiagnosticLog log, PythonPlaces? pythons = null)
{
    /// <summary>Those of the build, where it has several layers.</summary>
    public WheelIndexes Wheels { get; init; } = new();

    /// <returns>Null when an error was logged.</returns>
    public LayerTree? Build(
        LayerDeclaration layer,
        Architecture architecture,
        IReadOnlyList<ContentFile> content,
        LayerResolution resolution,
        CancellationToken cancellation)
    {
        List<WheelInstallation>? installations = Install(architecture, layer, resolution, cancellation);
        if (installations is null)
        {
            return null;
        }

        var files = new List<PlacedFile>(content.Count + installations.Sum(i => i.Members.Count + 3));
        files.AddRange(content.Select(c => new PlacedFile(c.Path.Value, c.Kind, ContentOf(c), null)));
        foreach (WheelInstallation installation in installations)
        {
            try
            {
                installation.AddTo(files);
            }
            catch (InvalidDataException e)
            {
                log.Error("LB2006", $"The wheel {installation.Package.Wheel} is not valid: {e.Message}.");
                return null;
            }

            files.Add(new PlacedFile(installation.RecordPath, EntryKind.File, new GeneratedContent(default), installation));
        }

        var left = new ExcludeRules(layer);
        files.RemoveAll(f => left.Covers(f.Path));
        var merge = new LayerMerge(layer, log);
        BytecodeStep? bytecode = layer.Bytecode == BytecodeMode.UncheckedHash
            ? new BytecodeStep(layer, pythons ?? PythonPlaces.Of(null, null), architecture == layer.Architectures[0] ? log : new DiagnosticLog())
            : null;
        IReadOnlyList<LayerEntry>? entries = merge.Run(files, bytecode is null ? null : merged => bytecode.Compile(merged, cancellation), cancellation);
        return entries is null ? null : new LayerTree(entries, [.. installations
            .Select(i => i.Package)
            .OrderBy(p => p.Name, StringComparer.Ordinal)
            .ThenBy(p => p.Version, StringComparer.Ordinal)
            .ThenBy(p => p.Folder, StringComparer.Ordinal)]);
    }

    private static EntryContent ContentOf(ContentFile file) => file.Kind == EntryKind.SymbolicLink
        ? new GeneratedContent(System.Text.Encoding.UTF8.GetBytes(file.LinkTarget ?? ""))
        : new DiskContent(file.SourcePath, file.Size);

    /// <summary>Every wheel once for <c>python/</c> when all Pythons have it alike, else once for each of them.</summary>
    private List<WheelInstallation>? Install(Architecture architecture, LayerDeclaration layer, LayerResolution resolution, CancellationToken cancellation)
    {
        List<(LambdaRuntime Runtime, IReadOnlyList<ResolvedWheel> Wheels)> targets =
        [
            .. layer.PythonRuntimes
                .Select(r => (r, resolution.Wheels.GetValueOrDefault(new PythonTarget(r, architecture), [])))
        ];
        Dictionary<string, WheelIndex>? indexes = OpenIndexes(targets.SelectMany(t => t.Wheels), cancellation);
        if (indexes is null)
        {
            return null;
        }

        LambdaRuntime[] runtimes = [.. targets.Select(t => t.Runtime)];
        HashSet<string> common = SharedWheels.Find([.. targets.Select(t => t.Wheels)], indexes);
        var installations = new List<WheelInstallation>();
        foreach (ResolvedWheel wheel in targets.SelectMany(t => t.Wheels).Where(w => common.Contains(w.Sha256)).DistinctBy(w => w.Sha256))
        {
            installations.Add(new WheelInstallation(wheel, indexes[wheel.Sha256], "python", runtimes, single: runtimes.Length == 1));
        }

        foreach ((LambdaRuntime runtime, IReadOnlyList<ResolvedWheel> wheels) in targets)
        {
            string folder = new PythonTarget(runtime, architecture).SitePackages;
            installations.AddRange(wheels
                .Where(w => !common.Contains(w.Sha256))
                .DistinctBy(w => w.Sha256)
                .Select(w => new WheelInstallation(w, indexes[w.Sha256], folder, [runtime], single: false)));
        }

        return installations;
    }

    private Dictionary<string, WheelIndex>? OpenIndexes(IEnumerable<ResolvedWheel> wheels, CancellationToken cancellation)
    {
        ResolvedWheel[] distinct = [.. wheels.DistinctBy(w => w.Sha256)];
        var indexes = new WheelIndex?[distinct.Length];
        var errors = new Diagnostic?[distinct.Length];
        SideBySide.For(distinct.Length, i =>
        {
            try
            {
                indexes[i] = Wheels.Open(distinct[i], cancellation);
            }
            catch (DiagnosticException e)
            {
                errors[i] = e.Diagnostic;
            }
        }, cancellation);
        bool failed = false;
        var bySha256 = new Dictionary<string, WheelIndex>(StringComparer.Ordinal);
        for (int i = 0; i < distinct.Length; i++)
        {
            if (errors[i] is { } error)
            {
                log.Add(error);
                failed = true;
                continue;
            }

            bySha256[distinct[i].Sha256] = indexes[i]!;
            foreach (string oddity in indexes[i]!.Oddities)
            {
                log.Warning("LB2020", $"The wheel {distinct[i].FileName}: {oddity}");
            }
        }

        return failed ? null : bySha256;
    }
}
