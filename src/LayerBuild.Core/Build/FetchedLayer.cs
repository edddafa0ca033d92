using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;
using LayerBuild.Steps.Stage;

namespace LayerBuild.Build;

/// <summary>A finished layer from the remote cache, in a folder of its own: what another machine built of the same inputs.</summary>
internal sealed class FetchedLayer
{
    private readonly LayerWork _work;
    private readonly string _folder;
    private readonly CachedLayer _found;
    private readonly LayerManifest[] _manifests;
    private readonly Diagnostic[] _warnings;

    private FetchedLayer(LayerWork work, string folder, CachedLayer found, LayerManifest[] manifests, Diagnostic[] warnings)
    {
        _work = work;
        _folder = folder;
        _found = found;
        _manifests = manifests;
        _warnings = warnings;
    }

    /// <summary>Name in the cache of what is kept about a zip.</summary>
    /// <param name="published">Name of the zip.</param>
    public static string ContentsName(string published) => $"{published}.{MeasuredContents.FileName}";

    /// <param name="folder">Full path of the folder with the files of what was found.</param>
    /// <returns>Null when it is not the layer that is worked on.</returns>
    public static FetchedLayer? Read(LayerWork work, string folder, CachedLayer found)
    {
        Diagnostic?[] warnings = [.. found.Notes.Select(note => PortableWarning.Read(note, work.Layer))];
        return ReadManifests(work.Layer, folder, found) is { } manifests && !warnings.Contains(null)
            ? new FetchedLayer(work, folder, found, manifests, warnings!)
            : null;
    }

    /// <summary>Puts everything where the build would have put it.</summary>
    /// <param name="inputs">Full paths of inputs that the item does not name.</param>
    /// <param name="audit">It has the advisories with which the layer was audited; null for none.</param>
    public void Install(IReadOnlyList<string> inputs, LayerAudit? audit)
    {
        Diagnostic[] earlier = [.. _work.Layer.Warnings, .. audit?.Lacks(_manifests, _work.Cancellation) ?? []];
        foreach (Diagnostic warning in _warnings)
        {
            _work.Log.Add(warning);
        }

        if (_work.Log.HasErrors || earlier.Any(w => _work.Log.Promotes(w.Code)))
        {
            return;
        }

        using FileStream held = _work.Enter();
        PendingFile[] contents = [.. _manifests.Select(PrepareContents)];
        IEnumerable<PendingFile> outputs = _found.Files.Select(f => f.Name).Where(name => !name.EndsWith("." + MeasuredContents.FileName, StringComparison.Ordinal))
            .Select(name => new PendingFile(Path.Combine(_folder, name), _work.OutputPath(name)));
        new LayerPlacement(_work).Place([.. contents, .. outputs], _manifests, inputs, [.. earlier, .. _warnings]);
        foreach (LayerManifest manifest in _manifests)
        {
            _work.Log.Note($"{manifest.Name}: fetched from the remote cache, {new ByteSize(manifest.ZippedSize)} zipped, {new ByteSize(manifest.UnzippedSize)} unzipped -> {_work.OutputPath(manifest.Zip)}");
        }
    }

    /// <summary>Prepares the intermediate folder of a zip, and says where what was measured of the zip goes.</summary>
    private PendingFile PrepareContents(LayerManifest manifest)
    {
        string intermediate = _work.IntermediatePath(manifest.Name);
        Directory.CreateDirectory(intermediate);
        // It tells of the zip that is about to go.
        File.Delete(Path.Combine(intermediate, ZipIndex.FileName));
        LayerTree tree = FetchedZip.Read(Path.Combine(_folder, manifest.Zip));
        if (_work.Options.Stage)
        {
            StageDirectory.Fill(Path.Combine(intermediate, "stage"), tree, _work.Cancellation);
        }

        return new PendingFile(Path.Combine(_folder, ContentsName(manifest.Name)), Path.Combine(intermediate, MeasuredContents.FileName));
    }

    /// <summary>The manifests of what was fetched; null when they are not those of the layer.</summary>
    private static LayerManifest[]? ReadManifests(LayerDeclaration layer, string folder, CachedLayer found)
    {
        try
        {
            LayerManifest[] manifests = [.. found.Files.Where(f => f.Name.EndsWith(LayerManifest.Suffix, StringComparison.Ordinal)).Select(f => LayerManifest.Read(Path.Combine(folder, f.Name)))];
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
        (manifest.Name == layer.Name.Value || layer.Architectures.Any(a => manifest.Name == LayerName.Published(layer.Name.Value, a)))
        && manifest.Zip == manifest.Name + ".zip"
        && manifest.Runtimes.ToHashSet().SetEquals(layer.Runtimes.Select(r => r.Id))
        && manifest.Description == layer.Description
        && manifest.LicenseInfo == layer.LicenseInfo
        && found.Files.FirstOrDefault(f => f.Name == manifest.Zip) is { } zip
        && manifest.ZippedSize == zip.Size
        && Convert.ToBase64String(Convert.FromHexString(zip.Sha256)) == manifest.CodeSha256
        && found.Files.Any(f => f.Name == ContentsName(manifest.Name));
}
