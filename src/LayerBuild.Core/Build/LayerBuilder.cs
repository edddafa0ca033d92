using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Npm;
using LayerBuild.Steps.Verify;

namespace LayerBuild.Build;

/// <summary>The pipeline: from declarations to finished zips, layers side by side. See DESIGN.md, section 2.</summary>
internal sealed class LayerBuilder
{
    private readonly BuildOptions _options;
    private readonly DiagnosticLog _log;
    private readonly MeasureOptions _measureOptions;
    private readonly NpmInstaller _npmInstaller;
    private readonly LayerAudit? _audit;
    private readonly RemoteLayers? _remoteLayers;

    public LayerBuilder(BuildOptions options, DiagnosticLog log)
    {
        _options = options;
        _log = log;
        _measureOptions = new MeasureOptions
        {
            Baseline = LayerBaseline.Open(options.Baseline),
            PublishesWithoutBucket = options.PublishesDirectly,
        };
        _npmInstaller = new NpmInstaller(
            new NpmOptions { LockedMode = options.Resolve.LockedMode, LockedModeExplicit = options.Resolve.LockedModeExplicit },
            NpmEnvironment.OfThisProcess());
        _audit = options.Advisories is null ? null : new LayerAudit(options.Advisories, options.Resolve.CachePath, log);
        _remoteLayers = options.Remote is null ? null : new RemoteLayers(options.Remote, options, _audit, log);
    }

    /// <summary>Builds the layers; one that fails leaves its earlier outputs alone, and does not stop the others.</summary>
    public async Task BuildAsync(IReadOnlyList<LayerRequest> requests, CancellationToken cancellation)
    {
        using LayerAudit? audit = _audit;
        foreach (LayerRequest request in requests)
        {
            new LayerState(_options.IntermediatePath, request.Layer.Name).Invalidate();
        }

        if (_remoteLayers is not null)
        {
            requests = await _remoteLayers.FetchAsync(requests, cancellation).ConfigureAwait(false);
        }

        var wheels = new WheelIndexes(wheel => new WheelInspector(wheel, withImports: requests.Any(r => r.Layer.Imports.Count > 0)));
        IReadOnlyDictionary<LayerName, LayerResolution> resolutions = await ResolveAsync(requests, wheels, cancellation).ConfigureAwait(false);
        await Parallel.ForEachAsync(
            requests.Where(r => resolutions.ContainsKey(r.Layer.Name)),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation },
            async (request, token) =>
            {
                using var work = new LayerWork(request, _options, _log, token);
                await BuildAsync(work, resolutions[request.Layer.Name], wheels).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    /// <returns>Missing are layers whose packages could not be resolved.</returns>
    private async Task<IReadOnlyDictionary<LayerName, LayerResolution>> ResolveAsync(IReadOnlyList<LayerRequest> requests, WheelIndexes wheels, CancellationToken cancellation)
    {
        ILookup<bool, LayerDeclaration> layers = requests.Select(r => r.Layer).ToLookup(layer => layer.HasRequirements);
        var resolutions = new Dictionary<LayerName, LayerResolution>();
        if (layers[true].Any())
        {
            var resolver = new PackageResolver(_options.Resolve with { WheelArrived = Inspect }, _log);
            resolutions = new(await resolver.ResolveAsync([.. layers[true]], cancellation).ConfigureAwait(false));
        }

        foreach (LayerDeclaration layer in layers[false])
        {
            resolutions[layer.Name] = LayerResolution.Empty;
        }

        return resolutions;

        // pip leaves a core idle, and so does reading a lock file.
        void Inspect(CachedWheel file)
        {
            if (!file.Built && WheelFileName.TryParse(file.FileName, out WheelFileName? name))
            {
                wheels.Open(new ResolvedWheel(name.Name, name.Version, file.FileName, file.Path, file.Sha256, Requested: false), cancellation);
            }
        }
    }

    private async Task BuildAsync(LayerWork work, LayerResolution resolution, WheelIndexes wheels)
    {
        LayerDeclaration layer = work.Layer;
        try
        {
            using FileStream held = work.Enter();
            work.Sweep();
            if (await _npmInstaller.InstallAsync(layer, work.State.Directory, work.Log, work.Cancellation).ConfigureAwait(false) is not { } npm
                || new LayerStaging(work, wheels).Run(resolution, npm) is not { } trees
                || new LayerPacking(work, _measureOptions, _audit).Run(trees) is not { } zips)
            {
                return;
            }

            LayerManifest[] manifests = [.. zips.Select(z => z.Measurement.Manifest)];
            Diagnostic[] warnings = [.. layer.Warnings, .. resolution.Warnings, .. work.Log.Warnings, .. _audit?.Lacks(manifests, work.Cancellation) ?? []];
            if (work.Log.HasErrors || warnings.Any(w => _log.Promotes(w.Code)))
            {
                return;
            }

            IReadOnlyList<string> outputs = new LayerPlacement(work).Place(
                [.. zips.SelectMany(z => z.Files)],
                manifests,
                [.. resolution.InputFiles, .. npm.InputFiles, .. layer.ContentItems.Select(item => item.SourcePath).Where(IsLink)],
                warnings);
            if (_remoteLayers is not null)
            {
                await _remoteLayers.PushAsync(work, resolution, outputs).ConfigureAwait(false);
            }

            foreach (FinishedZip zip in zips)
            {
                Report(zip.Measurement, work.Log);
            }
        }
        catch (DiagnosticException e)
        {
            work.Log.Add(e.Diagnostic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            work.Log.Error("LB1099", $"Layer '{layer.Name}': it could not be written: {e.Message}");
        }
    }

    private static bool IsLink(string path) => File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint);

    /// <summary>One message each: layers are built side by side, and a table is read in one piece.</summary>
    private static void Report(LayerMeasurement measurement, DiagnosticLog layerLog)
    {
        string table = string.Join('\n', measurement.Table);
        layerLog.Note(measurement.IsWatched ? $"{measurement.Summary}\n{table}" : measurement.Summary);
        if (!measurement.IsWatched)
        {
            layerLog.Add(new Diagnostic(Severity.Detail, "", table));
        }
    }
}
