using System.Globalization;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>Resolves the layers that share a lock file: from it where it fits, else anew; and then writes it.</summary>
internal sealed class ScopeResolver(ResolveOptions options, LockFiles locks, TargetResolver resolver)
{
    private readonly bool _lockedMode = options.LockedMode && !options.Relock;

    /// <param name="needed">The targets that this build makes layers for.</param>
    public async Task<ScopeOutcome> ResolveAsync(LockScope scope, IReadOnlyList<PythonTarget> needed)
    {
        (LockFile? locked, string? reason) = locks.Read(scope.Path);
        bool exists = locked is not null || reason is not null;
        if (locked is not null && !options.Relock)
        {
            (ScopeOutcome? taken, reason) = await FromLockAsync(scope, locked, needed).ConfigureAwait(false);
            if (taken is not null)
            {
                return taken;
            }
        }

        Diagnostic? remark = _lockedMode ? LockedModeRemark(scope, exists ? reason : null) : null;
        return remark is { Severity: Severity.Error }
            ? ScopeOutcome.Failed(scope, needed, remark)
            : await AnewAsync(scope, locked, remark, exists && !options.Relock ? reason : null).ConfigureAwait(false);
    }

    /// <returns>What the lock file says; or why it does not fit, in words.</returns>
    private async Task<(ScopeOutcome? Outcome, string? Reason)> FromLockAsync(LockScope scope, LockFile locked, IReadOnlyList<PythonTarget> needed)
    {
        if (LockCheck.Run(locked, scope, needed) is { } misfit)
        {
            return (null, misfit);
        }

        TargetOutcome[] taken = await Task.WhenAll(needed.Select(t => resolver.FromLockAsync(scope, locked, t))).ConfigureAwait(false);
        return taken.Select(t => t.Unfit).FirstOrDefault(u => u is not null) is { } unfit
            ? (null, unfit)
            : (ScopeOutcome.Of(scope, needed, taken, null), null);
    }

    /// <summary>In locked mode nothing is resolved anew; but in a CI that was never asked, a missing lock file is only a warning.</summary>
    /// <param name="reason">Why the lock file does not fit; null when there is none.</param>
    private Diagnostic LockedModeRemark(LockScope scope, string? reason)
    {
        if (reason is not null)
        {
            return Diagnostic.Error("LB2005", $"the lock file {scope.LockName} is out of date: {reason}. Run dotnet build -t:LockLambdaLayers and commit the file, or build with LambdaLayerLockedMode=false.") with { File = scope.Path };
        }

        string words = $"there is no lock file {scope.LockName}, and the build is in locked mode";
        return options.LockedModeExplicit
            ? Diagnostic.Error("LB2005", $"{words}. Run dotnet build -t:LockLambdaLayers and commit the file.")
            : Diagnostic.Warning("LB2005", $"{words} because ContinuousIntegrationBuild is true: its packages are resolved again and may differ from build to build. Run dotnet build -t:LockLambdaLayers and commit the file.");
    }

    private async Task<ScopeOutcome> AnewAsync(LockScope scope, LockFile? locked, Diagnostic? remark, string? reason)
    {
        // Another project may share the file for its own runtimes.
        IEnumerable<PythonTarget> others = !options.Relock && locked?.RequirementsDigest == scope.Digest ? locked.Targets.Select(PythonTarget.Find).OfType<PythonTarget>() : [];
        IReadOnlyList<PythonTarget> targets = LockPlan.Sort([.. scope.Targets, .. others]);
        TargetOutcome[] outcomes = await Task.WhenAll(targets.Select(t => resolver.ResolveAsync(scope, t))).ConfigureAwait(false);
        if (outcomes.All(o => o.Problem is null) && !_lockedMode)
        {
            remark = Write(scope, targets, outcomes, reason);
        }

        return ScopeOutcome.Of(scope, targets, outcomes, remark);
    }

    /// <returns>What to tell about it.</returns>
    private Diagnostic? Write(LockScope scope, IReadOnlyList<PythonTarget> targets, TargetOutcome[] outcomes, string? reason)
    {
        if (outcomes.Select(o => o.Unlockable).FirstOrDefault(u => u is not null) is { } unlockable)
        {
            return Diagnostic.Note($"no lock file was written: {unlockable} comes from a folder or repository that another package names, and cannot be pinned.");
        }

        string text = LockMerger.Merge(scope, targets, [.. outcomes.Select(o => o.Pins)]).ToText(Path.GetFileName(scope.Path));
        try
        {
            if (File.Exists(scope.Path) && File.ReadAllText(scope.Path).ReplaceLineEndings("\n") == text)
            {
                return options.Relock ? Diagnostic.Note($"{scope.LockName} is up to date.") : null;
            }

            AtomicFile.Write(scope.Path, new UTF8Encoding(false).GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Diagnostic.Warning("LB2014", $"the lock file {scope.LockName} cannot be written: {e.Message} Without it, the next build resolves again.");
        }

        int packages = outcomes.SelectMany(o => o.Pins).Select(p => p.Name).Distinct().Count();
        string size = string.Create(CultureInfo.InvariantCulture, $"{packages} {(packages == 1 ? "package" : "packages")} for {string.Join(", ", targets)}");
        return Diagnostic.Note(reason is null
            ? $"wrote {scope.LockName}: {size}. Commit it."
            : $"{scope.LockName} was out of date ({reason}); resolved again and updated it: {size}.");
    }
}
