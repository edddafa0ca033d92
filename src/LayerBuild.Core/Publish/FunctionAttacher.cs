using System.Globalization;
using LayerBuild.Aws;
using LayerBuild.Aws.Lambda;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>Gives functions their declared layers, with the versions that were just published.</summary>
/// <param name="ours">All layers of the project in this region.</param>
internal sealed class FunctionAttacher(LambdaRegion lambda, TimeProvider time, IReadOnlyList<LayerOutcome> ours)
{
    /// <summary>Layers of one function.</summary>
    private const int MostLayers = 5;

    private const int Tries = 5;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestUpdate = TimeSpan.FromMinutes(5);

    public async Task<FunctionOutcome> AttachAsync(LambdaFunctionDeclaration function, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            FunctionConfiguration before = await WaitUntilUpdatedAsync(function, cancellation).ConfigureAwait(false);
            List<string> present = [.. (before.Layers ?? []).Select(layer => layer.Arn!)];
            IReadOnlyList<string> wanted = Merge(present, Declared(function, before));
            Check(function, before, wanted);
            if (present.SequenceEqual(wanted))
            {
                return new FunctionOutcome(function.Name, lambda.Region) { Layers = wanted, Changed = attempt > 1 };
            }

            try
            {
                await lambda.UpdateLayersAsync(function.Name, wanted, before.RevisionId, cancellation).ConfigureAwait(false);
            }
            catch (AwsException e) when (attempt < Tries && IsRace(e))
            {
                // Somebody else changed the function, or it is unknown whether we did: look again.
                await Task.Delay(Poll, time, cancellation).ConfigureAwait(false);
                continue;
            }
            catch (AwsException e) when (e.Code is "ResourceConflictException" or "PreconditionFailedException")
            {
                throw Busy(function, $"other updates kept getting in between ({e.Code}: {e.Message})");
            }
            catch (AwsException e) when (e.Code == "InvalidParameterValueException" && e.Message.Contains("combined with layers", StringComparison.Ordinal))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    "LB4005", $"Function '{function.Name}': Lambda refused its layers in {lambda.Region}: {e.Message} Make the layers or the code smaller."));
            }

            FunctionConfiguration after = await WaitUntilUpdatedAsync(function, cancellation).ConfigureAwait(false);
            if (after.LastUpdateStatus == "Failed")
            {
                throw Busy(function, $"the update failed: {after.LastUpdateStatusReason ?? "Lambda gave no reason"}");
            }

            if ((after.Layers ?? []).Select(layer => layer.Arn).SequenceEqual(wanted))
            {
                return new FunctionOutcome(function.Name, lambda.Region) { Layers = wanted, Changed = true };
            }

            if (attempt == Tries)
            {
                throw Busy(function, "its layers were changed by somebody else at the same time");
            }
        }
    }

    /// <summary>
    /// The function's new list: its own layers keep their places, declared ones take the places of layers of this project
    /// in their declared order, what is left of them follows, and layers of this project that are no longer declared go.
    /// </summary>
    internal static List<string> Merge(IReadOnlyList<string> present, DeclaredLayers declared)
    {
        var next = new Queue<string>(declared.Versions);
        var declaredLayers = declared.Versions.Select(LayerOf).ToHashSet(StringComparer.Ordinal);
        List<string> merged = [];
        foreach (string arn in present)
        {
            string layer = LayerOf(arn);
            if (declaredLayers.Contains(layer))
            {
                merged.Add(next.Dequeue());
            }
            else if (!declared.ProjectLayers.Contains(layer))
            {
                merged.Add(arn);
            }
        }

        merged.AddRange(next);
        return merged;
    }

    /// <summary>ARN of a layer from that of its version.</summary>
    private static string LayerOf(string arn) => arn[..arn.LastIndexOf(':')];

    private static bool IsRace(AwsException e) =>
        e.Failure == AwsFailure.Unknown || e.Code is "ResourceConflictException" or "PreconditionFailedException";

    /// <summary>The declared layers as version ARNs, those of this project at the version that is current.</summary>
    private DeclaredLayers Declared(LambdaFunctionDeclaration function, FunctionConfiguration configuration)
    {
        List<string> versions = [];
        foreach (string declared in function.Layers)
        {
            if (LayerVersionArn.TryParse(declared, out LayerVersionArn arn))
            {
                if (arn.Region != lambda.Region)
                {
                    throw Unfit(function, $"it lists {declared}, but a function can only use layers in its own region; publish the layer in {lambda.Region}, or name the function's regions in its Regions metadata");
                }

                versions.Add(declared);
                continue;
            }

            LayerOutcome layer = Ours(declared, configuration) ??
                throw Unfit(function, $"it lists the layer '{declared}', which this project does not publish; list a LambdaLayer of the project or a layer version ARN");
            if (layer.Version is null)
            {
                throw Unfit(function, $"its layer '{declared}' was not published");
            }

            CheckFit(function, configuration, layer.Layer);
            versions.Add(layer.Version.Arn.ToString());
        }

        if (versions.GroupBy(LayerOf, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw Unfit(function, $"it lists the layer {twice.Key} twice, but a function can have only one version of a layer");
        }

        return new DeclaredLayers(
            versions,
            ours.Where(o => o.Version is not null).Select(o => o.Version!.Arn.LayerArn).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>The layer of that name; of two, one for each architecture, that of the function's.</summary>
    private LayerOutcome? Ours(string declared, FunctionConfiguration configuration)
    {
        LayerOutcome[] candidates = [.. ours.Where(o => o.Layer.DeclaredName == declared || o.Layer.Name == declared)];
        string architecture = configuration.Architectures is [var only, ..] ? only : "x86_64";
        return candidates.FirstOrDefault(o => o.Layer.Manifest.Architectures.Contains(architecture)) ?? candidates.FirstOrDefault();
    }

    private void CheckFit(LambdaFunctionDeclaration function, FunctionConfiguration configuration, BuiltLayer layer)
    {
        if (configuration.Runtime is { } runtime && layer.Manifest.Runtimes.Count > 0 && !layer.Manifest.Runtimes.Contains(runtime))
        {
            throw Unfit(function, $"its runtime is {runtime}, but the layer {layer.Name} is for {string.Join(", ", layer.Manifest.Runtimes)}");
        }

        string[] architectures = configuration.Architectures is { Count: > 0 } own ? [.. own] : ["x86_64"];
        if (layer.Manifest.Architectures.Count > 0 && !architectures.All(layer.Manifest.Architectures.Contains))
        {
            throw Unfit(function, $"its architecture is {string.Join(", ", architectures)}, but the layer {layer.Name} is for {string.Join(", ", layer.Manifest.Architectures)}");
        }
    }

    private void Check(LambdaFunctionDeclaration function, FunctionConfiguration configuration, IReadOnlyList<string> layers)
    {
        if (configuration.PackageType == "Image")
        {
            throw Unfit(function, "it is a container image, which cannot have layers");
        }

        if (layers.Count > MostLayers)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB4006",
                string.Create(CultureInfo.InvariantCulture, $"Function '{function.Name}': in {lambda.Region} it would have {layers.Count} layers, but Lambda allows {MostLayers}: {string.Join(", ", layers)}. ") +
                "Put several packages in one layer, or remove layers from the function."));
        }

        long known = (FunctionCode.Size(function) ?? 0) + ours
            .Where(o => o.Version is not null && layers.Contains(o.Version.Arn.ToString()))
            .Sum(o => o.Layer.Manifest.UnzippedSize);
        if (known >= LambdaLimits.Unzipped)
        {
            throw new DiagnosticException(Diagnostic.Error(
                "LB4005",
                string.Create(CultureInfo.InvariantCulture, $"Function '{function.Name}': in {lambda.Region} it would have {known} bytes unzipped with its layers; they must stay below {LambdaLimits.Unzipped}. ") +
                "Make the layers or the code smaller."));
        }
    }

    /// <summary>The function, once no update of it is under way.</summary>
    private async Task<FunctionConfiguration> WaitUntilUpdatedAsync(LambdaFunctionDeclaration function, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            FunctionConfiguration now;
            try
            {
                now = await lambda.GetFunctionAsync(function.Name, cancellation).ConfigureAwait(false);
            }
            catch (AwsException e) when (e.IsNotFound)
            {
                throw Unfit(function, "there is no such function; deploy it first, or name the function's regions in its Regions metadata");
            }

            if (now.LastUpdateStatus != "InProgress" && now.State != "Pending")
            {
                return now;
            }

            if (time.GetElapsedTime(start) > LongestUpdate)
            {
                throw Busy(function, "another update is still in progress after five minutes");
            }

            await Task.Delay(Poll, time, cancellation).ConfigureAwait(false);
        }
    }

    private DiagnosticException Busy(LambdaFunctionDeclaration function, string why) => new(Diagnostic.Error(
        "LB5004", $"Function '{function.Name}': its layers in {lambda.Region} could not be set: {why}. Publish again to set them; the layers themselves are not published twice."));

    private DiagnosticException Unfit(LambdaFunctionDeclaration function, string why) => new(Diagnostic.Error(
        "LB5006", $"Function '{function.Name}': its layers in {lambda.Region} cannot be set: {why}."));
}

/// <param name="Versions">Version ARNs of the layers that a function declares, in order.</param>
/// <param name="ProjectLayers">ARNs (without version) of the layers that the project publishes.</param>
internal sealed record DeclaredLayers(IReadOnlyList<string> Versions, IReadOnlySet<string> ProjectLayers);
