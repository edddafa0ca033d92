using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;
using LayerBuild.Steps.Report;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Npm;
using LayerBuild.Steps.Stage;
using LayerBuild.Steps.Verify;

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

        var wheels = new WheelIndexes(wheel => new WheelInspector(wheel, withImports: requests.Any(r => r.Layer.Imports.Count > 0)));
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
                wheels,
                token).ConfigureAwait(false)).ConfigureAwait(false);

        // pip leaves a core idle, and so does reading a lock file.
        void Inspect(CachedWheel file)
        {
            if (!file.Built && WheelFileName.TryParse(file.FileName, out WheelFileName? name))
            {
                wheels.Open(new ResolvedWheel(name.Name, name.Version, file.FileName, file.Path, file.Sha256, Requested: false), cancellation);
            }
        }
    }

    private LayerState StateOf(LayerRequest request) => new(options.IntermediatePath, request.Layer.Name);

    private async Task BuildAsync(LayerRequest request, LayerResolution resolution, WheelIndexes wheels, CancellationToken cancellation)
    {
        LayerDeclaration layer = request.Layer;
        DiagnosticLog layerLog = log.Child(layer.ProjectFile);
        LayerState state = StateOf(request);
        var written = new List<string>();
        try
        {
            Directory.CreateDirectory(state.Directory);
            Directory.CreateDirectory(options.OutputPath);
            using FileStream held = FolderLock.Acquire(state.Directory, cancellation);
            Sweep(layer);
            IReadOnlyList<string> earlier = state.ReadOutputs();
            NpmContent? npm = await npmInstaller.InstallAsync(layer, state.Directory, layerLog, cancellation).ConfigureAwait(false);
            List<FinishedArchive>? archives = npm is null ? null : Make(layer, resolution, wheels, npm, layerLog, written, cancellation);
            Diagnostic[] warnings = [.. layer.Warnings, .. resolution.Warnings, .. layerLog.Warnings];
            if (archives is null || layerLog.HasErrors || warnings.Any(w => log.Promotes(w.Code)))
            {
                return;
            }

            PendingFile[] files = [.. archives.SelectMany(a => a.Files)];
            foreach (PendingFile file in files)
            {
                File.Move(file.Temporary, file.Final, overwrite: true);
            }

            string[] outputs = [.. files.Select(f => f.Final).Where(path => path.StartsWith(options.OutputPath, StringComparison.Ordinal))];
            LayerState.DeleteStale(earlier, outputs, options.OutputPath);

            ReportInputs.Forget(options.IntermediatePath, layer.Name, [.. archives.Select(a => a.Measurement.Manifest.Name)]);
            state.Write(
                request.Inputs,
                outputs,
                archives.Select(a => a.Measurement.Manifest),
                options.OutputPath,
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
            layerLog.Error("LB1099", $"Layer '{layer.Name}': it could not be written: {e.Message}");
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
        WheelIndexes wheels,
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
                Wheels = wheels,
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
        Part[] parts = shared
            ? [new Part(layer.Name.Value, layer.Architectures, trees[0].Tree)]
            : [.. trees.Select(t => new Part($"{layer.Name}-{t.Architecture}", [t.Architecture], t.Tree))];
        var verifying = Task.Run(
            () =>
            {
                var verifier = new LayerVerifier(layerLog);
                trees.ForEach(t => verifier.Verify(layer, t.Architecture, t.Tree, cancellation));
                return layerLog.HasErrors ? [] : Array.ConvertAll(parts, part => MeasuredTree.Of(part.Name, part.Tree));
            },
            cancellation);
        var packed = new List<PackedPart>();
        try
        {
            packed.AddRange(parts.Select(part => Pack(layer, part, layerLog, written, cancellation)));
        }
        catch
        {
            WaitQuietly(verifying);
            throw;
        }

        MeasuredTree[] measured = verifying.GetAwaiter().GetResult();
        if (layerLog.HasErrors)
        {
            return null;
        }

        List<FinishedArchive> archives = [.. packed.Select((part, i) => Finish(layer, part, measured[i], layerLog, written))];
        return layerLog.HasErrors ? null : archives;

        static (string, string, string, string) Identity(InstalledPackage package) => (package.Name, package.Version, package.Sha256, package.Folder);
    }

    private PackedPart Pack(LayerDeclaration layer, Part part, DiagnosticLog layerLog, List<string> written, CancellationToken cancellation)
    {
        string intermediate = Path.Combine(options.IntermediatePath, part.Name);
        Directory.CreateDirectory(intermediate);
        string zip = Path.Combine(options.OutputPath, part.Name + ".zip");
        string state = Path.Combine(intermediate, ZipIndex.FileName);
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
            ? Task.Run(() => StageDirectory.Fill(Path.Combine(intermediate, "stage"), part.Tree, cancellation), cancellation)
            : Task.CompletedTask;
        try
        {
            PackedLayer packed = new LayerPacker(packOptions, layerLog).Pack(part.Tree, temporaryZip, temporaryState, cancellation);
            staging.GetAwaiter().GetResult();
            return new PackedPart(part, packed, new PendingFile(temporaryState, state), new PendingFile(temporaryZip, zip));
        }
        catch
        {
            WaitQuietly(staging);
            throw;
        }
    }

    /// <summary>
    /// Waits for what went on beside the packing. That failed, and says why: of a wheel that changed who reads it at the same
    /// time has other words.
    /// </summary>
    private static void WaitQuietly(Task beside) => ((IAsyncResult)beside).AsyncWaitHandle.WaitOne();

    private FinishedArchive Finish(LayerDeclaration layer, PackedPart packed, MeasuredTree tree, DiagnosticLog layerLog, List<string> written)
    {
        string name = packed.Part.Name;
        var output = new LayerOutput(name, packed.Zip.Final, packed.Part.Architectures)
        {
            // The report shows a layer that breaks a limit too.
            ContentsPath = Path.Combine(options.IntermediatePath, name, MeasuredContents.FileName),
        };
        LayerMeasurement measurement = new LayerMeasure(measureOptions, layerLog).Measure(layer, output, tree, packed.Layer);
        return new FinishedArchive(measurement, [packed.State, .. measurement.Files.Select(Write), packed.Zip]);

        PendingFile Write(MeasuredFile file)
        {
            string final = Path.Combine(options.OutputPath, file.Name);
            string temporary = AtomicFile.Beside(final);
            written.Add(temporary);
            File.WriteAllBytes(temporary, file.Bytes);
            return new PendingFile(temporary, final);
        }
    }

    private static string Empty(LayerDeclaration layer, IReadOnlyList<ContentFile> content)
    {
        string why = content.Count > 0 ? "Exclude leaves out all of its files"
            : layer.HasRequirements ? "its requirements name no package for the declared runtimes (the file is empty, or every marker is false)"
            : layer.HasNpmPackages ? "its package.json names no dependencies"
            : layer.SourceDirectory is null ? $"it has no packages, no content items and no folder layers/{layer.Name}"
            : $"its folder {layer.SourceDirectory} has no files";
        return $"Layer '{layer.Name}': it is empty: {why}. Give it files or packages, or remove the LambdaLayer item.";
    }

    /// <summary>What becomes a zip: a layer, or one architecture of it.</summary>
    /// <param name="Name">Under which it is published.</param>
    private sealed record Part(string Name, IReadOnlyList<Architecture> Architectures, LayerTree Tree);

    /// <summary>A zip, and what the packer keeps beside it; not in place yet.</summary>
    private sealed record PackedPart(Part Part, PackedLayer Layer, PendingFile State, PendingFile Zip);

    private sealed record FinishedArchive(LayerMeasurement Measurement, IReadOnlyList<PendingFile> Files);

    /// <summary>A file that takes its name when all files of the layer are written. Full paths.</summary>
    private sealed record PendingFile(string Temporary, string Final);
}
