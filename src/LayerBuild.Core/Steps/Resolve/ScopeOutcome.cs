using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve;

/// <summary>What became of the layers that share a lock file.</summary>
/// <param name="Remark">A note or warning about the lock file.</param>
internal sealed record ScopeOutcome(LockScope Scope, IReadOnlyDictionary<PythonTarget, TargetOutcome> Targets, Diagnostic? Remark)
{
    public static ScopeOutcome Failed(LockScope scope, IEnumerable<PythonTarget> needed, Diagnostic problem) =>
        new(scope, needed.ToDictionary(t => t, _ => TargetOutcome.Failed(problem)), null);

    /// <param name="outcomes">Of each target, in their order.</param>
    public static ScopeOutcome Of(LockScope scope, IReadOnlyList<PythonTarget> targets, TargetOutcome[] outcomes, Diagnostic? remark) =>
        new(scope, targets.Zip(outcomes).ToDictionary(p => p.First, p => p.Second), remark);
}
