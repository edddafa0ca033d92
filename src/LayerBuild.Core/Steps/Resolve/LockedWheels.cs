using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>
/// The wheels that a lock file names for a target: from the cache, else from other machines, else from the index, else with pip. Local
/// projects and repositories are in no lock file: what was built of them is in the cache, or pip builds it.
/// </summary>
internal sealed class LockedWheels(ResolveContext context, PipWheels pip)
{
    /// <exception cref="DiagnosticException">pip did not find, or must not take, what the file pins.</exception>
    public async Task<TargetOutcome> TakeAsync(TargetRequest request, LockFile locked)
    {
        LockEntry[] entries = [.. locked.Entries.Where(e => e.AppliesTo(request.Target))];
        if (entries.CountBy(e => e.Name).FirstOrDefault(n => n.Value > 1).Key is { } twice)
        {
            return TargetOutcome.NotLocked($"it has more than one version of {twice} for {request.Target}");
        }

        var chosen = new ConcurrentBag<ChosenWheel>();
        (IReadOnlyCollection<LockEntry> missing, string? unfit) = TakeCached(entries, request, chosen);
        if (unfit is not null)
        {
            return TargetOutcome.NotLocked(unfit);
        }

        missing = await FetchAsync(missing, request, chosen).ConfigureAwait(false);
        missing = await DownloadAsync(missing, request, chosen).ConfigureAwait(false);
        List<RequirementLine> unbuilt = TakeBuilt(request, chosen);
        if (missing.Count > 0)
        {
            IEnumerable<RequirementLine> pinned = missing.OrderBy(e => e.Number).Select(e => LockedRequirement.LineOf(e, request.Scope));
            AddAll(chosen, await pip.DownloadAsync(request, pinned).ConfigureAwait(false));
        }

        if (unbuilt.Count > 0)
        {
            AddAll(chosen, await pip.BuildAsync(request, unbuilt).ConfigureAwait(false));
        }

        if (chosen.CountBy(c => c.Name).FirstOrDefault(n => n.Value > 1).Key is { } both)
        {
            return TargetOutcome.NotLocked($"it pins {both}, which the requirements build from source");
        }

        var graph = PackageGraph.Connect([.. chosen], request);
        return graph.Lacking is not null && !locked.Untouched && !context.InstallsNoDependencies
            ? TargetOutcome.NotLocked($"it lacks {graph.Lacking} on {request.Target}")
            : new TargetOutcome(graph.Wheels, [], null, null);
    }

    /// <returns>What is not in the cache; or why the lock file does not serve the target.</returns>
    private (IReadOnlyCollection<LockEntry> Missing, string? Unfit) TakeCached(LockEntry[] entries, TargetRequest request, ConcurrentBag<ChosenWheel> chosen)
    {
        var missing = new ConcurrentBag<LockEntry>();
        string? unfit = null;
        Parallel.ForEach(entries, new ParallelOptions { CancellationToken = context.Cancellation }, entry =>
        {
            (LockedFile? file, string? reason) = Pick(entry, request);
            if (reason is not null)
            {
                unfit = reason;
            }
            else if (file is not null && (IsWheel(file) ? context.Cache.Find(file.Sha256) : context.Cache.FindBuilt(BuiltWheelKey.OfArchive(file.Sha256, request.Target))) is { } wheel)
            {
                chosen.Add(Choose(wheel, entry, request));
                context.ReportWheel(wheel);
            }
            else
            {
                missing.Add(entry);
            }
        });
        return (missing, unfit);
    }

    /// <summary>Brings what other machines have.</summary>
    /// <returns>What they do not have.</returns>
    private async Task<IReadOnlyCollection<LockEntry>> FetchAsync(IReadOnlyCollection<LockEntry> missing, TargetRequest request, ConcurrentBag<ChosenWheel> chosen)
    {
        if (context.Options.FetchWheel is not { } fetch || missing.Count == 0)
        {
            return missing;
        }

        string folder = context.Cache.CreateWorkDirectory();
        try
        {
            var left = new ConcurrentBag<LockEntry>();
            await Task.WhenAll(missing.Select(async entry =>
            {
                LockedFile? file = Pick(entry, request).File;
                if (file is not null && IsWheel(file)
                    && await fetch(file.Sha256, folder, context.Cancellation).ConfigureAwait(false) is { } path
                    && Path.GetFileName(path) == file.FileName)
                {
                    chosen.Add(Choose(context.Cache.Add(path), entry, request));
                }
                else
                {
                    left.Add(entry);
                }
            })).ConfigureAwait(false);
            return left;
        }
        finally
        {
            WheelCache.DeleteQuietly(folder);
        }
    }

    /// <summary>Brings what the index has.</summary>
    /// <returns>What is left to pip.</returns>
    private Task<IReadOnlyCollection<LockEntry>> DownloadAsync(IReadOnlyCollection<LockEntry> missing, TargetRequest request, ConcurrentBag<ChosenWheel> chosen) =>
        context.Downloads.TakeAsync(
            missing,
            request,
            (entry, wheel) =>
            {
                chosen.Add(Choose(wheel, entry, request));
                context.ReportWheel(wheel);
            },
            context.Python);

    /// <returns>The local projects and repositories of which no wheel is in the cache.</returns>
    private List<RequirementLine> TakeBuilt(TargetRequest request, ConcurrentBag<ChosenWheel> chosen)
    {
        var unbuilt = new List<RequirementLine>();
        foreach (RequirementLine line in request.Lines.Where(l => l.IsLocalProject || l.IsRepository))
        {
            string url = line.IsLocalProject ? RequirementLine.FileUrl(line.LocalPath!) : line.Url!;
            string? key = line.IsLocalProject ? BuiltWheelKey.OfProject(request.ProjectDigests[url], request.Target) : BuiltWheelKey.OfRepository(url, request.Target);
            if (key is not null && context.Cache.FindBuilt(key) is { } wheel && WheelFileName.TryParse(wheel.FileName, out WheelFileName? name))
            {
                chosen.Add(ChosenWheel.Create(wheel, context.MetadataOf(wheel), name.Name, url));
            }
            else
            {
                unbuilt.Add(line);
            }
        }

        return unbuilt;
    }

    /// <summary>
    /// The file of an entry that serves the target best: by the names that the lock file gives, else by those of the
    /// cache. Neither file nor reason: pip must say.
    /// </summary>
    private (LockedFile? File, string? Reason) Pick(LockEntry entry, TargetRequest request)
    {
        LockedFile[] files = [.. entry.Files.Select(f => f.FileName is null ? f with { FileName = context.Cache.NameOf(f.Sha256) } : f)];
        if (files.Any(f => f.FileName is null))
        {
            return (null, null);
        }

        LockedFile? wheel = request.Tags.Best(files, f => f.FileName);
        LockedFile? source = files.FirstOrDefault(f => !IsWheel(f));
        return wheel is not null || source is not null
            ? (wheel ?? source, null)
            : (null, $"it has no file of {entry.Name} {entry.Version} that loads on {request.Target} ({string.Join(", ", files.Select(f => f.FileName))})");
    }

    private ChosenWheel Choose(CachedWheel wheel, LockEntry entry, TargetRequest request) =>
        ChosenWheel.Create(wheel, context.MetadataOf(wheel), entry.Name, LockedRequirement.PlaceOf(entry, request.Scope));

    private static void AddAll(ConcurrentBag<ChosenWheel> chosen, IReadOnlyList<ChosenWheel> more)
    {
        foreach (ChosenWheel wheel in more)
        {
            chosen.Add(wheel);
        }
    }

    private static bool IsWheel(LockedFile file) => file.FileName!.EndsWith(".whl", StringComparison.Ordinal);
}
