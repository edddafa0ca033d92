using LayerBuild.Aws.Lambda;
using LayerBuild.Lambda;

namespace LayerBuild.Publish;

/// <summary>Deletes old versions of layers that nobody uses.</summary>
/// <param name="keep">Newest versions of a layer that always stay, at least 1.</param>
/// <param name="pruneShared">Also those that are shared with others, whose functions cannot be seen.</param>
/// <param name="dryRun">Only tell which.</param>
internal sealed class VersionPruner(LambdaRegion lambda, LayerSharing sharing, int keep, bool pruneShared, bool dryRun)
{
    /// <summary>ARNs of all layer versions that a function of the account has, in any of its versions.</summary>
    public async Task<IReadOnlySet<string>> UsedAsync(CancellationToken cancellation)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        await foreach (FunctionConfiguration function in lambda.FunctionsAsync(cancellation).ConfigureAwait(false))
        {
            used.UnionWith((function.Layers ?? []).Select(layer => layer.Arn!));
        }

        return used;
    }

    /// <returns>Numbers of the versions that were deleted, or would be, newest first.</returns>
    public async Task<IReadOnlyList<long>> PruneAsync(LayerVersionArn current, IReadOnlySet<string> used, CancellationToken cancellation)
    {
        List<LayerVersionArn> old = [];
        int seen = 0;
        await foreach (LayerVersionsListItem version in lambda.VersionsAsync(current.Name, cancellation).ConfigureAwait(false))
        {
            if (++seen > keep && version.Version is { } number && number < current.Version)
            {
                old.Add(current with { Version = number });
            }
        }

        List<long> pruned = [];
        foreach (LayerVersionArn version in old)
        {
            if (used.Contains(version.ToString())
                || (!pruneShared && await sharing.IsSharedAsync(version.Name, version.Version, cancellation).ConfigureAwait(false)))
            {
                continue;
            }

            if (!dryRun)
            {
                await lambda.DeleteVersionAsync(version.Name, version.Version, cancellation).ConfigureAwait(false);
            }

            pruned.Add(version.Version);
        }

        return pruned;
    }
}
