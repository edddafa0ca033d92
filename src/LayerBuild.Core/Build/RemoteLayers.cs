using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Formats.Zip;
using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;
using LayerBuild.Steps.Report;
using LayerBuild.Steps.Stage;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Build;

/// <summary>Fetches layers that another machine has built of the same inputs, and puts those there that this one built.</summary>
internal sealed class RemoteLayers(IRemoteCache cache, BuildOptions options, DiagnosticLog log)
{
    /// <summary>Stands for the project's folder in words that go from machine to machine.</summary>
    private const string Project = "<project>";

    private readonly ConcurrentDictionary<LayerName, string> _before = new();

    /// <returns>The layers that are still to be built.</returns>
    public async Task<IReadOnlyList<LayerRequest>> FetchAsync(IReadOnlyList<LayerRequest> requests, CancellationToken cancellation)
    {
        IReadOnlyDictionary<LayerName, LayerInputs> inputs = Inputs([.. requests.Select(r => r.Layer)]);
        foreach ((LayerName name, LayerInputs known) in inputs)
        {
            _before[name] = known.Hash;
        }

        bool[] fetched = await Task.WhenAll(requests.Select(async request =>
            inputs.TryGetValue(request.Layer.Name, out LayerInputs? known) && await FetchAsync(request, known, cancellation).ConfigureAwait(false))).ConfigureAwait(false);
        return [.. requests.Where((_, i) => !fetched[i])];
    }

    /// <summary>Puts a layer that was just built, and its wheels.</summary>
    /// <param name="names">Of its zips.</param>
    /// <param name="outputs">Full paths of its finished files.</param>
    public async Task PushAsync(
        LayerRequest request,
        LayerResolution resolution,
        IReadOnlyList<string> names,
        IReadOnlyList<string> outputs,
        IReadOnlyList<Diagnostic> warnings,
        CancellationToken cancellation)
    {
        LayerDeclaration layer = request.Layer;
        // Again: what was edited while it was built must not pass for its inputs.
        if (!cache.Pushes || !_before.TryGetValue(layer.Name, out string? before)
            || !Inputs([layer]).TryGetValue(layer.Name, out LayerInputs? after) || after.Hash != before)
        {
            return;
        }

        await Task.WhenAll(
            resolution.Wheels.Values.SelectMany(w => w).Where(w => !w.Built).DistinctBy(w => w.Sha256)
                .Select(wheel => cache.PushWheelAsync(wheel.Sha256, wheel.Path, cancellation))).ConfigureAwait(false);
        await cache.PushLayerAsync(
            after.Hash,
            [
                .. outputs.Select(path => (Path.GetFileName(path), path)),
                .. names.Select(name => ($"{name}.{MeasuredContents.FileName}", Path.Combine(options.IntermediatePath, name, MeasuredContents.FileName))),
            ],
            [.. warnings.Select(w => Write(w, layer))],
            cancellation).ConfigureAwait(false);
    }

    private async Task<bool> FetchAsync(LayerRequest request, LayerInputs inputs, CancellationToken cancellation)
    {
        LayerDeclaration layer = request.Layer;
        var state = new LayerState(options.IntermediatePath, layer.Name);
        string folder = Path.Combine(state.Directory, $".fetch-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            Directory.CreateDirectory(options.OutputPath);
            if (await cache.FetchLayerAsync(inputs.Hash, folder, cancellation).ConfigureAwait(false) is not { } found)
            {
                return false;
            }

            LayerManifest[]? manifests = Check(layer, found, folder);
            Diagnostic?[] warnings = [.. found.Notes.Select(note => Read(note, layer))];
            if (manifests is null || warnings.Contains(null))
            {
                cache.Reject(inputs.Hash, $"it is not the layer '{layer.Name}'");
                return false;
            }

            Install(request, inputs, found, manifests, warnings!, folder, state, cancellation);
            return true;
        }
        catch (Exception e) when (e is not (OperationCanceledException or DiagnosticException))
        {
            // Whatever a poisoned object leads to: the layer can still be built.
            log.Warning("LB5013", $"Layer '{layer.Name}': the copy from the remote cache cannot be used: {e.Message} The layer is built here instead.");
            return false;
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>What is wrong with an input is for the build to say.</summary>
    private IReadOnlyDictionary<LayerName, LayerInputs> Inputs(IReadOnlyList<LayerDeclaration> layers)
    {
        try
        {
            return LayerInputs.Of(layers, options, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Dictionary<LayerName, LayerInputs>();
        }
    }

    /// <summary>The manifests of what was fetched; null when they are not those of the layer.</summary>
    private static LayerManifest[]? Check(LayerDeclaration layer, CachedLayer found, string folder)
    {
        const string suffix = ".layer.json";
        try
        {
            LayerManifest[] manifests = [.. found.Files.Where(f => f.Name.EndsWith(suffix, StringComparison.Ordinal)).Select(f => LayerManifest.Read(Path.Combine(folder, f.Name)))];
            return Array.TrueForAll(manifests, manifest => Fits(manifest, layer, found))
                && manifests.SelectMany(m => m.Architectures).Order(StringComparer.Ordinal).SequenceEqual(layer.Architectures.Select(a => a.Id).Order(StringComparer.Ordinal))
                && found.Files.All(f => manifests.Any(m => f.Name.StartsWith(m.Name + ".", StringComparison.Ordinal)))
                    ? manifests
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool Fits(LayerManifest manifest, LayerDeclaration layer, CachedLayer found) =>
        (manifest.Name == layer.Name.Value || layer.Architectures.Any(a => manifest.Name == $"{layer.Name}-{a}"))
        && manifest.Zip == manifest.Name + ".zip"
        && manifest.Runtimes.ToHashSet().SetEquals(layer.Runtimes.Select(r => r.Id))
        && manifest.Description == layer.Description
        && manifest.LicenseInfo == layer.LicenseInfo
        && found.Files.FirstOrDefault(f => f.Name == manifest.Zip) is { } zip
        && manifest.ZippedSize == zip.Size
        && Convert.ToBase64String(Convert.FromHexString(zip.Sha256)) == manifest.CodeSha256
        && found.Files.Any(f => f.Name == $"{manifest.Name}.{MeasuredContents.FileName}");

    /// <summary>Puts everything where the build would have put it; the state comes last.</summary>
    private void Install(
        LayerRequest request,
        LayerInputs inputs,
        CachedLayer found,
        LayerManifest[] manifests,
        Diagnostic[] warnings,
        string folder,
        LayerState state,
        CancellationToken cancellation)
    {
        LayerDeclaration layer = request.Layer;
        DiagnosticLog layerLog = log.Child(layer.ProjectFile);
        foreach (Diagnostic warning in warnings)
        {
            layerLog.Add(warning);
        }

        if (layerLog.HasErrors || layer.Warnings.Any(w => log.Promotes(w.Code)))
        {
            return;
        }

        using FileStream held = FolderLock.Acquire(state.Directory, cancellation);
        IReadOnlyList<string> earlier = state.ReadOutputs();
        foreach (LayerManifest manifest in manifests)
        {
            string intermediate = Path.Combine(options.IntermediatePath, manifest.Name);
            Directory.CreateDirectory(intermediate);
            // It tells of the zip that is about to go.
            File.Delete(Path.Combine(intermediate, ZipIndex.FileName));
            File.Move(Path.Combine(folder, $"{manifest.Name}.{MeasuredContents.FileName}"), Path.Combine(intermediate, MeasuredContents.FileName), overwrite: true);
            LayerTree tree = FetchedZip.Read(Path.Combine(folder, manifest.Zip));
            if (options.Stage)
            {
                StageDirectory.Fill(Path.Combine(intermediate, "stage"), tree, cancellation);
            }
        }

        string[] names = [.. found.Files.Select(f => f.Name).Where(name => !name.EndsWith("." + MeasuredContents.FileName, StringComparison.Ordinal))];
        string[] outputs = [.. names.Select(name => Path.Combine(options.OutputPath, name))];
        foreach (string name in names)
        {
            File.Move(Path.Combine(folder, name), Path.Combine(options.OutputPath, name), overwrite: true);
        }

        LayerState.DeleteStale(earlier, outputs, options.OutputPath);

        ReportInputs.Forget(options.IntermediatePath, layer.Name, [.. manifests.Select(m => m.Name)]);
        state.Write(
            request.Inputs,
            outputs,
            manifests,
            options.OutputPath,
            inputs.Files,
            [.. layer.Warnings, .. warnings.Select(w => w with { File = w.File ?? layer.ProjectFile })]);
        foreach (LayerManifest manifest in manifests)
        {
            layerLog.Note($"{manifest.Name}: fetched from the remote cache, {new ByteSize(manifest.ZippedSize)} zipped, {new ByteSize(manifest.UnzippedSize)} unzipped -> {Path.Combine(options.OutputPath, manifest.Zip)}");
        }
    }

    private static string Write(Diagnostic warning, LayerDeclaration layer)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{warning.Code}\t{warning.Line}\t{(warning.File == layer.ProjectFile ? null : warning.File)}\t{warning.Message}");
        return text.Replace(layer.ProjectDirectory.TrimEnd(Path.DirectorySeparatorChar), Project, StringComparison.Ordinal);
    }

    private static Diagnostic? Read(string note, LayerDeclaration layer) =>
        note.Replace(Project, layer.ProjectDirectory.TrimEnd(Path.DirectorySeparatorChar), StringComparison.Ordinal).Split('\t', 4) is [var code, var line, var file, var message]
        && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? Diagnostic.Warning(code, message) with { File = file.Length > 0 ? file : null, Line = number }
            : null;

    /// <summary>The tree that a zip of ours holds.</summary>
    private static class FetchedZip
    {
        /// <exception cref="InvalidDataException">It is no zip, or not one of a layer.</exception>
        public static LayerTree Read(string path)
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return new LayerTree([.. ZipDirectory.Read(file).Where(m => !m.IsDirectory).Select(member => new LayerEntry(
                ZipPath.TryParse(member.Name, out ZipPath name) ? name : throw new InvalidDataException($"'{member.Name}' is not a path in a layer"),
                member.IsSymbolicLink ? EntryKind.SymbolicLink : member.IsExecutable ? EntryKind.Executable : EntryKind.File,
                new Member(path, member),
                Owner: null))], []);
        }

        private sealed class Member(string path, ZipMemberHeader header) : EntryContent
        {
            public override long Size => header.Size;

            public override Stream Open() => MemberStream.Open(path, header.DataOffset, header.CompressedSize, deflated: header.Method == 8);
        }
    }
}
