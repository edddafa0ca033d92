using System.Globalization;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Measure;
using LayerBuild.Npm;
using LayerBuild.Pack;
using LayerBuild.Resolve;
using LayerBuild.Stage;
using LayerBuild.Verify;

namespace LayerBuild.Build;

/// <summary>The pipeline: from declarations to finished zips, layers side by side. See DESIGN.md, section 2.</summary>
internal sealed class LayerBuilder(BuildOptions options, DiagnosticLog log)
{
    private readonly MeasureOptions measureOptions = new()
    {
        Baseline = LayerBaseline.Open(options.Baseline),
        PublishesWithoutBucket = options.PublishesDirectly,
    };

    private readonly NpmInstaller npmInstaller = new(
        new NpmOptions { LockedMode = options.Resolve.LockedMode, LockedModeExplicit = options.Resolve.LockedModeExplicit },
        NpmEnvironment.OfThisProcess());

    private readonly RemoteLayers? remoteLayers = options.Remote is null ? null : new RemoteLayers(options.Remote, options, log);

    /// <summary>Builds the layers; one that fails leaves its earlier outputs alone, and does not stop the others.</summary>
    public async Task BuildAsync(IReadOnlyList<LayerRequest> requests, CancellationToken cancellation)
    {
        foreach (LayerRequest request in requests)
        {
            StateOf(request).Invalidate();
        }

        if (remoteLayers is not null)
        {
            requests = await remoteLayers.FetchAsync(requests, cancellation).ConfigureAwait(false);
        }

        LayerDeclaration[] withPackages = [.. requests.Select(r => r.Layer).Where(l => l.HasRequirements)];
        IReadOnlyDictionary<LayerName, LayerResolution> resolutions = withPackages.Length == 0
            ? new Dictionary<LayerName, LayerResolution>()
            : await new PackageResolver(options.Resolve with { WheelArrived = Inspect }, log).ResolveAsync(withPackages, cancellation).ConfigureAwait(false);

        await Parallel.ForEachAsync(
            requests.Where(r => !r.Layer.HasRequirements || resolutions.ContainsKey(r.Layer.Name)),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation },
            async (request, token) => await BuildAsync(
                request,
                resolutions.GetValueOrDefault(request.Layer.Name, LayerResolution.Empty),
                token).ConfigureAwait(false)).ConfigureAwait(false);

        // pip leaves a core idle: what is found out about a wheel now stays beside it in the cache.
        void Inspect(CachedWheel file)
        {
            if (WheelFileName.TryParse(file.FileName, out WheelFileName? name))
            {
                var wheel = new ResolvedWheel(name.Name, name.Version, file.FileName, file.Path, file.Sha256, Requested: false);
                WheelIndex.Open(wheel, cancellation, w => new WheelInspector(w, withImports: requests.Any(r => r.Layer.Imports.Count > 0)));
            }
        }
    }

    private LayerState StateOf(LayerRequest request) => new(options.IntermediatePath, request.Layer.Name);

    private async Task BuildAsync(LayerRequest request, LayerResolution resolution, CancellationToken cancellation)
    {
        LayerDeclaration layer = request.Layer;
        DiagnosticLog layerLog = log.Child(layer.ProjectFile);
        LayerState state = StateOf(request);
        var written = new List<string>();
        try
        {
            Directory.CreateDirectory(state.Directory);
            Directory.CreateDirectory(options.OutputPath);
            using FileStream gate = LayerGate.Enter(state.Directory, cancellation);
            Sweep(layer);
            string[] earlier = state.ReadOutputs();
            NpmContent? npm = await npmInstaller.InstallAsync(layer, state.Directory, layerLog, cancellation).ConfigureAwait(false);
            List<FinishedArchive>? archives = npm is null ? null : Make(layer, resolution, npm, layerLog, written, cancellation);
            Diagnostic[] warnings = [.. layer.Warnings, .. resolution.Warnings, .. layerLog.Warnings];
            if (archives is null || layerLog.HasErrors || warnings.Any(w => log.Promotes(w.Code)))
            {
                return;
            }

            foreach ((string temporary, string final) in archives.SelectMany(a => a.Files))
            {
                File.Move(temporary, final, overwrite: true);
            }

            string[] outputs = [.. archives.SelectMany(a => a.Files).Where(f => f.Final.StartsWith(options.OutputPath, StringComparison.Ordinal)).Select(f => f.Final)];
            LayerState.DeleteStale(earlier, outputs, options.OutputPath);

            ReportInputs.Forget(options.IntermediatePath, layer.Name, [.. archives.Select(a => a.Measurement.Manifest.Name)]);
            state.Write(
                request.InputsHash,
                outputs,
                [.. archives.Select(a => a.Line)],
                [.. resolution.InputFiles, .. npm!.InputFiles, .. layer.ContentItems.Select(item => item.SourcePath).Where(IsLink)],
                warnings.Select(w => w with { File = w.File ?? layer.ProjectFile }));
            if (remoteLayers is not null)
            {
                await remoteLayers.PushAsync(request, resolution, [.. archives.Select(a => a.Measurement.Manifest.Name)], outputs, [.. resolution.Warnings, .. layerLog.Warnings], cancellation).ConfigureAwait(false);
            }

            foreach (FinishedArchive archive in archives)
            {
                // One message each: layers are built side by side, and a table is read in one piece.
                LayerMeasurement measurement = archive.Measurement;
                string table = string.Join('\n', measurement.Table);
                layerLog.Note(measurement.IsWatched ? $"{measurement.Summary}\n{table}" : measurement.Summary);
                if (!measurement.IsWatched)
                {
                    layerLog.Add(new Diagnostic(Severity.Detail, "", table));
                }
            }
        }
        catch (DiagnosticException e)
        {
            layerLog.Add(e.Diagnostic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            layerLog.Error("LB1099", $"The layer '{layer.Name}' could not be written: {e.Message}");
        }
        finally
        {
            foreach (string temporary in written)
            {
                File.Delete(temporary);
            }
        }
    }

    private static bool IsLink(string path) => File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint);

    /// <summary>Takes away what a killed build of the layer left half-written.</summary>
    private void Sweep(LayerDeclaration layer)
    {
        string[] names = [layer.Name.Value, .. Architecture.All.Select(a => $"{layer.Name}-{a}")];
        AtomicFile.Sweep(options.OutputPath, file => names.Any(name => file.StartsWith(name + ".", StringComparison.Ordinal)));
        foreach (string name in names)
        {
            AtomicFile.Sweep(Path.Combine(options.IntermediatePath, name), _ => true);
        }
    }

    /// <returns>Null when an error was logged.</returns>
    private List<FinishedArchive>? Make(
        LayerDeclaration layer,
        LayerResolution resolution,
        NpmContent npm,
        DiagnosticLog layerLog,
        List<string> written,
        CancellationToken cancellation)
    {
        if (new ContentCollector(layerLog).Collect(layer) is not { } content)
        {
            return null;
        }

        // A local dependency may lie in the layer's folder: npm packs what belongs into the layer.
        HashSet<string> npmInputs = [.. npm.InputFiles];
        content = [.. content.Where(file => file.Path.IsUnder("nodejs/") || !npmInputs.Contains(file.SourcePath))];

        var trees = new List<(Architecture Architecture, LayerTree Tree)>();
        foreach (Architecture architecture in layer.Architectures)
        {
            NpmInstallation modules = npm.Installations[architecture];
            var builder = new LayerTreeBuilder(layerLog, PythonPlaces.Of(options.Resolve.Python, options.Resolve.Environment))
            {
                Observe = wheel => new WheelInspector(wheel, withImports: layer.Imports.Count > 0),
            };
            if (builder.Build(layer, architecture, [.. content, .. modules.Files], resolution, cancellation) is not { } tree)
            {
                return null;
            }

            trees.Add((architecture, modules.Claim(tree)));
        }

        if (trees.All(t => t.Tree.Entries.Count == 0))
        {
            LayerState.DeleteStale(new LayerState(options.IntermediatePath, layer.Name).ReadOutputs(), [], options.OutputPath);
            layerLog.Error("LB1006", Empty(layer, content));
            return null;
        }

        SearchPathCheck.Check(
            layer,
            trees[0].Tree.Entries.Where(e => e.Owner is null).Select(e => e.Path),
            path => layer.Accepts("LB1005", path.Value, path.FileName),
            layerLog);

        // One zip serves both architectures unless they need different files.
        bool shared = trees.Count == 1 || trees[0].Tree.Packages.Select(Identity).SequenceEqual(trees[1].Tree.Packages.Select(Identity));
        // Packed while it is verified: what is found wrong takes the zip away again.
        (string Name, IReadOnlyList<Architecture> Architectures, LayerTree Tree)[] parts = shared
            ? [(layer.Name.Value, layer.Architectures, trees[0].Tree)]
            : [.. trees.Select(t => ($"{layer.Name}-{t.Architecture}", (IReadOnlyList<Architecture>)[t.Architecture], t.Tree))];
        var verifying = Task.Run(
            () =>
            {
                var verifier = new LayerVerifier(layerLog);
                trees.ForEach(t => verifier.Verify(layer, t.Architecture, t.Tree, cancellation));
            },
            cancellation);
        var packed = new List<PackedPart>();
        try
        {
            packed.AddRange(parts.Select(part => Pack(layer, part.Name, part.Tree, layerLog, written, cancellation)));
        }
        finally
        {
            verifying.GetAwaiter().GetResult();
        }

        if (layerLog.HasErrors)
        {
            return null;
        }

        List<FinishedArchive> archives = [.. parts.Zip(packed, (part, zip) => Finish(layer, part.Architectures, part.Tree, zip, layerLog, written))];
        return layerLog.HasErrors ? null : archives;

        static (string, string, string, string) Identity(InstalledPackage package) => (package.Name, package.Version, package.Sha256, package.Folder);
    }

    private PackedPart Pack(LayerDeclaration layer, string name, LayerTree tree, DiagnosticLog layerLog, List<string> written, CancellationToken cancellation)
    {
        string intermediate = Path.Combine(options.IntermediatePath, name);
        Directory.CreateDirectory(intermediate);
        string zip = Path.Combine(options.OutputPath, name + ".zip");
        string state = Path.Combine(intermediate, "pack.bin");
        string temporaryZip = AtomicFile.Beside(zip);
        string temporaryState = AtomicFile.Beside(state);
        written.AddRange([temporaryZip, temporaryState]);
        var packOptions = new PackOptions
        {
            Compression = options.Compression,
            PreviousZip = zip,
            PreviousState = state,
            CachePath = options.Resolve.CachePath,
            SmallestAbove = Math.Min(LambdaLimits.DirectUpload, layer.MaxZippedSize?.Bytes ?? long.MaxValue),
        };
        Task staging = options.Stage
            ? Task.Run(() => StageDirectory.Fill(Path.Combine(intermediate, "stage"), tree, cancellation), cancellation)
            : Task.CompletedTask;
        try
        {
            PackedLayer packed = new LayerPacker(packOptions, layerLog).Pack(tree, temporaryZip, temporaryState, cancellation);
            return new PackedPart(name, packed, (temporaryState, state), (temporaryZip, zip));
        }
        finally
        {
            staging.GetAwaiter().GetResult();
        }
    }

    private FinishedArchive Finish(
        LayerDeclaration layer, IReadOnlyList<Architecture> architectures, LayerTree tree, PackedPart part, DiagnosticLog layerLog, List<string> written)
    {
        (string name, PackedLayer packed) = (part.Name, part.Packed);
        string zip = part.Zip.Final;
        LayerMeasurement measurement = new LayerMeasure(measureOptions, layerLog)
            .Measure(layer, new LayerOutput(name, zip, architectures), tree, packed);
        // The report shows a layer that breaks a limit too.
        AtomicFile.Write(Path.Combine(options.IntermediatePath, name, measurement.Contents.Name), measurement.Contents.Bytes);
        List<(string, string)> files = [part.State, .. measurement.Files.Select(Write), part.Zip];
        return new FinishedArchive(
            string.Create(CultureInfo.InvariantCulture, $"{name}\t{packed.CodeSha256}\t{packed.ZippedSize}\t{packed.UnzippedSize}\t{zip}"),
            measurement,
            files);

        (string Temporary, string Final) Write(MeasuredFile file)
        {
            string final = Path.Combine(options.OutputPath, file.Name);
            string temporary = AtomicFile.Beside(final);
            written.Add(temporary);
            File.WriteAllBytes(temporary, file.Bytes);
            return (temporary, final);
        }
    }

    private static string Empty(LayerDeclaration layer, IReadOnlyList<ContentFile> content)
    {
        string why = content.Count > 0 ? "Exclude takes out every file that it has"
            : layer.HasRequirements ? "its requirements come to no package for the declared runtimes (an empty file, or markers that are all false)"
            : layer.HasNpmPackages ? "its package.json names no dependencies"
            : layer.SourceDirectory is null ? $"it has no packages, no content items and no folder layers/{layer.Name}"
            : $"its folder {layer.SourceDirectory} holds no files";
        return $"The layer '{layer.Name}' is empty: {why}. Give it files or packages, or take the LambdaLayer item out.";
    }

    /// <summary>The zip of a layer, or of one of its architectures, and what the packer keeps beside it; not in place yet.</summary>
    private sealed record PackedPart(string Name, PackedLayer Packed, (string Temporary, string Final) State, (string Temporary, string Final) Zip);

    /// <param name="Line">For the targets: name, hash, zipped and unzipped bytes, path of the zip.</param>
    private sealed record FinishedArchive(string Line, LayerMeasurement Measurement, IReadOnlyList<(string Temporary, string Final)> Files);
}
