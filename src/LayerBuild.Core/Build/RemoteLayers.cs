using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Build;

/// <summary>Fetches layers that another machine has built of the same inputs, and puts those there that this one built.</summary>
internal sealed class RemoteLayers(IRemoteCache cache, BuildOptions options, LayerAudit? audit, DiagnosticLog log)
{
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
        {
            using var work = new LayerWork(request, options, log, cancellation);
            return inputs.TryGetValue(request.Layer.Name, out LayerInputs? known) && await FetchAsync(work, known).ConfigureAwait(false);
        })).ConfigureAwait(false);
        return [.. requests.Where((_, i) => !fetched[i])];
    }

    /// <summary>Puts a layer that was just built, and its wheels.</summary>
    /// <param name="outputs">Full paths of its finished files.</param>
    public async Task PushAsync(LayerWork work, LayerResolution resolution, IReadOnlyList<string> outputs)
    {
        LayerDeclaration layer = work.Layer;
        // Again: what was edited while it was built must not pass for its inputs.
        if (!cache.Pushes || !_before.TryGetValue(layer.Name, out string? before)
            || !Inputs([layer]).TryGetValue(layer.Name, out LayerInputs? after) || after.Hash != before)
        {
            return;
        }

        await Task.WhenAll(
            resolution.Wheels.Values.SelectMany(w => w).Where(w => !w.Built).DistinctBy(w => w.Sha256)
                .Select(wheel => cache.PushWheelAsync(wheel.Sha256, wheel.Path, work.Cancellation))).ConfigureAwait(false);
        string[] names = [.. outputs.Select(Path.GetFileName)!];
        // Not what the advisories lack: that is a matter of the day, and every machine says it by itself.
        await cache.PushLayerAsync(
            after.Hash,
            [
                .. names.Zip(outputs),
                .. names.Where(name => name.EndsWith(LayerManifest.Suffix, StringComparison.Ordinal)).Select(name => name[..^LayerManifest.Suffix.Length])
                    .Select(name => (FetchedLayer.ContentsName(name), MeasuredContents.PathOf(options.IntermediatePath, name))),
            ],
            [.. resolution.Warnings.Concat(work.Log.Warnings).Select(w => PortableWarning.Write(w, layer))],
            work.Cancellation).ConfigureAwait(false);
    }

    private async Task<bool> FetchAsync(LayerWork work, LayerInputs inputs)
    {
        string folder = Path.Combine(work.State.Directory, $".fetch-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            if (await cache.FetchLayerAsync(inputs.Hash, folder, work.Cancellation).ConfigureAwait(false) is not { } found)
            {
                return false;
            }

            if (FetchedLayer.Read(work, folder, found) is not { } layer)
            {
                cache.Reject(inputs.Hash, $"it is not the layer '{work.Layer.Name}'");
                return false;
            }

            layer.Install(inputs.Files, audit);
            return true;
        }
        catch (Exception e) when (e is not (OperationCanceledException or DiagnosticException))
        {
            // Whatever a poisoned object leads to: the layer can still be built.
            log.Warning("LB5013", $"Layer '{work.Layer.Name}': the copy from the remote cache cannot be used: {e.Message} The layer is built here instead.");
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
            return LayerInputs.Of(layers, options, audit, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Dictionary<LayerName, LayerInputs>();
        }
    }
}
