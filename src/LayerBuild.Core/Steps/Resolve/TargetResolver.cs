using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>Finds the wheels of one target, from a lock file or with pip.</summary>
internal sealed class TargetResolver
{
    private readonly ResolveContext _context;
    private readonly PipWheels _pip;
    private readonly LockedWheels _locked;
    private readonly ConcurrentDictionary<string, Lazy<Task<TargetOutcome>>> _resolved = new(StringComparer.Ordinal);

    public TargetResolver(ResolveContext context)
    {
        _context = context;
        _pip = new PipWheels(context);
        _locked = new LockedWheels(context, _pip);
    }

    /// <summary>Resolves with pip; once for the same requirements and target, whoever asks.</summary>
    public Task<TargetOutcome> ResolveAsync(LockScope scope, PythonTarget target)
    {
        string key = string.Join('\n', [target.Id, string.Join(',', scope.Layer.AllowSdist.Order(StringComparer.Ordinal)), .. scope.Lines.Select(l => $"{l.Kind} {l.Text}")]);
        return _resolved.GetOrAdd(key, _ => new Lazy<Task<TargetOutcome>>(() => TryAsync(() => ResolveAsync(new TargetRequest(scope, target))))).Value;
    }

    /// <summary>Takes what the lock file says, from the cache where it can.</summary>
    public Task<TargetOutcome> FromLockAsync(LockScope scope, LockFile locked, PythonTarget target) =>
        TryAsync(() => _locked.TakeAsync(new TargetRequest(scope, target), locked));

    /// <summary>
    /// Verifies the wheels of the cache that a lock file names, on a core that has nothing to do while requirements are read;
    /// a file that turns out not to fit has cost nothing that is waited for.
    /// </summary>
    public void Prefetch(LockFile locked)
    {
        foreach (LockedFile file in locked.Entries.SelectMany(e => e.Files))
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            if (_context.Cache.Find(file.Sha256) is { } wheel)
            {
                _context.ReportWheel(wheel);
            }
        }
    }

    private async Task<TargetOutcome> ResolveAsync(TargetRequest request)
    {
        IReadOnlyList<ChosenWheel> chosen = await _pip.ResolveAsync(request).ConfigureAwait(false);
        var graph = PackageGraph.Connect(chosen, request);
        if (graph.Lacking is not null && !_context.InstallsNoDependencies)
        {
            throw new DiagnosticException(Diagnostic.Error("LB2002", $"what pip chose for {request.Target} lacks {graph.Lacking}. Name that package in the requirements too, and report this: it is a bug in LayerBuild or in pip."));
        }

        return new TargetOutcome(graph.Wheels, [.. chosen.Select(c => c.Pin).OfType<LockPin>()], null, null)
        {
            Unlockable = chosen.FirstOrDefault(c => c.Pin is null && !request.Lines.Any(l => l.Names(c.Name, c.Url)))?.Name,
        };
    }

    private static async Task<TargetOutcome> TryAsync(Func<Task<TargetOutcome>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (DiagnosticException e)
        {
            return TargetOutcome.Failed(e.Diagnostic);
        }
    }
}
