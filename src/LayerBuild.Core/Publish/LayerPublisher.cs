using System.Collections.Concurrent;
using System.Globalization;
using LayerBuild.Aws;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

/// <summary>Publishes layers, shares them, attaches them to functions and prunes old versions: all regions side by side.</summary>
/// <param name="clients">Makes the clients of a region.</param>
/// <param name="profile">Named profile, for messages.</param>
internal sealed class LayerPublisher(PublishOptions options, Func<string, RegionClients> clients, string? profile, TimeProvider time, DiagnosticLog log)
    : IDisposable
{
    /// <summary>Zips of up to 50 MB that are held in memory and sent at the same time.</summary>
    private const int Uploads = 4;

    private readonly PublishedFile _file = new(options.PublishedPath);
    private readonly SemaphoreSlim _uploads = new(Uploads);
    private readonly ConcurrentBag<LayerOutcome> _outcomes = [];

    /// <summary>
    /// Does all that can be done: what fails in one region is reported and does not stop the others. Returns what became
    /// of every layer, sorted by name and region.
    /// </summary>
    public async Task<IReadOnlyList<LayerOutcome>> RunAsync(
        IReadOnlyList<BuiltLayer> layers, IReadOnlyList<LambdaFunctionDeclaration> functions, IReadOnlyList<string> regions, CancellationToken cancellation)
    {
        await Task.WhenAll(regions.Select(region => RegionAsync(region, layers, functions, cancellation))).ConfigureAwait(false);
        return [.. _outcomes.OrderBy(o => o.Layer.Name, StringComparer.Ordinal).ThenBy(o => o.Region, StringComparer.Ordinal)];
    }

    public void Dispose() => _uploads.Dispose();

    private async Task RegionAsync(
        string region, IReadOnlyList<BuiltLayer> layers, IReadOnlyList<LambdaFunctionDeclaration> functions, CancellationToken cancellation)
    {
        using RegionClients aws = clients(region);
        LayerOutcome[] outcomes = await Task.WhenAll(layers.Select(layer => LayerAsync(aws, layer, cancellation))).ConfigureAwait(false);

        bool attached = true;
        if (options.Attach)
        {
            var attacher = new FunctionAttacher(aws.Lambda, time, outcomes);
            bool[] done = await Task.WhenAll(functions.Where(f => f.IsIn(region)).Select(f => FunctionAsync(attacher, f, region, cancellation))).ConfigureAwait(false);
            attached = done.All(ok => ok);
        }

        // A function that still has the old version, because attaching failed, must keep it.
        if (options.KeepVersions is { } keep && attached)
        {
            await PruneAsync(aws, outcomes, keep, cancellation).ConfigureAwait(false);
        }

        foreach (LayerOutcome outcome in outcomes)
        {
            _outcomes.Add(outcome);
        }
    }

    private async Task<LayerOutcome> LayerAsync(RegionClients aws, BuiltLayer layer, CancellationToken cancellation)
    {
        var outcome = new LayerOutcome(layer, aws.Region);
        try
        {
            await _uploads.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                var publisher = new VersionPublisher(aws.Lambda, time);
                outcome = outcome with
                {
                    Version = await publisher.PublishAsync(layer, (fresh, token) => aws.Content.ForAsync(layer, fresh, token), cancellation).ConfigureAwait(false),
                };
            }
            finally
            {
                _uploads.Release();
            }

            outcome = outcome with
            {
                SharedWith = await new LayerSharing(aws.Lambda).ShareAsync(outcome.Version.Arn, layer.ShareWith, cancellation).ConfigureAwait(false),
            };
            log.Note(Line(outcome));
        }
        catch (Exception e) when (Explain(e) is { } diagnostic)
        {
            outcome = outcome with { Error = diagnostic };
            log.Add(outcome.Version is null ? diagnostic : diagnostic with { Message = $"{diagnostic.Message} ({outcome.Version.Arn} is published.)" });
        }

        _file.Set(outcome);
        return outcome;
    }

    private async Task<bool> FunctionAsync(FunctionAttacher attacher, LambdaFunctionDeclaration function, string region, CancellationToken cancellation)
    {
        var outcome = new FunctionOutcome(function.Name, region);
        try
        {
            outcome = await attacher.AttachAsync(function, cancellation).ConfigureAwait(false);
            log.Note($"{function.Name}  {region}  {(outcome.Changed ? "attached" : "has its layers already")}  {string.Join("  ", outcome.Layers!)}");
        }
        catch (Exception e) when (Explain(e) is { } diagnostic)
        {
            outcome = outcome with { Error = diagnostic };
            log.Add(diagnostic);
        }

        _file.Set(outcome);
        return outcome.Error is null;
    }

    /// <summary>What was published stays good when pruning fails: that is a warning.</summary>
    private async Task PruneAsync(RegionClients aws, LayerOutcome[] outcomes, int keep, CancellationToken cancellation)
    {
        var pruner = new VersionPruner(aws.Lambda, new LayerSharing(aws.Lambda), keep, options.PruneShared, options.PruneDryRun);
        try
        {
            IReadOnlySet<string> used = await pruner.UsedAsync(cancellation).ConfigureAwait(false);
            for (int i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i] is not { Error: null, Version.Arn: { } current } outcome)
                {
                    continue;
                }

                IReadOnlyList<long> pruned = await pruner.PruneAsync(current, used, cancellation).ConfigureAwait(false);
                if (pruned.Count == 0)
                {
                    continue;
                }

                string versions = string.Join(", ", pruned.Select(v => v.ToString(CultureInfo.InvariantCulture)));
                log.Note($"{current.Name}  {aws.Region}  {(options.PruneDryRun ? "would delete" : "deleted")} version{(pruned.Count == 1 ? "" : "s")} {versions}");
                if (!options.PruneDryRun)
                {
                    outcomes[i] = outcome with { Pruned = pruned };
                    _file.Set(outcomes[i]);
                }
            }
        }
        catch (Exception e) when (Explain(e) is { } diagnostic)
        {
            log.Warning("LB5007", $"Old versions were not deleted in {aws.Region}: {diagnostic.Message}");
        }
    }

    private Diagnostic? Explain(Exception e) => e switch
    {
        AwsException aws => AwsDiagnostics.Of(aws, profile),
        DiagnosticException known => known.Diagnostic,
        IOException or UnauthorizedAccessException => Diagnostic.Error("LB5009", e.Message),
        _ => null,
    };

    /// <summary><c>requests-layer  eu-west-1  version 8 published (1.1 MB)  shared with 2 accounts  arn:...:8</c></summary>
    private static string Line(LayerOutcome outcome)
    {
        LayerVersionArn arn = outcome.Version!.Arn;
        string done = outcome.Version.IsNew
            ? string.Create(CultureInfo.InvariantCulture, $"version {arn.Version} published ({new ByteSize(outcome.Layer.Manifest.ZippedSize)})")
            : string.Create(CultureInfo.InvariantCulture, $"unchanged since version {arn.Version}");
        string shared = Shared(outcome.SharedWith!) is { Length: > 0 } whom ? $"  shared with {whom}" : "";
        return $"{outcome.Layer.Name}  {outcome.Region}  {done}{shared}  {arn}";
    }

    private static string Shared(IReadOnlyList<LayerPrincipal> principals)
    {
        int organizations = principals.Count(p => p.OrganizationId is not null);
        int accounts = principals.Count(p => p is { OrganizationId: null, IsPublic: false });
        string[] parts =
        [
            .. principals.Any(p => p.IsPublic) ? new[] { "everybody" } : [],
            .. accounts > 0 ? new[] { Count(accounts, "account") } : [],
            .. organizations > 0 ? new[] { Count(organizations, "organization") } : [],
        ];
        return parts.Length > 2 ? $"{string.Join(", ", parts[..^1])} and {parts[^1]}" : string.Join(" and ", parts);
    }

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
