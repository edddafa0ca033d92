using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>One target's packages, or why there are none.</summary>
/// <param name="Unfit">Why a lock file does not serve, in words; resolving anew may help.</param>
/// <param name="Problem">Resolving anew would not help.</param>
internal sealed record TargetOutcome(IReadOnlyList<ResolvedWheel> Wheels, IReadOnlyList<LockPin> Pins, string? Unfit, Diagnostic? Problem)
{
    /// <summary>A package that no lock file can hold, nor the requirements name.</summary>
    public string? Unlockable { get; init; }

    public static TargetOutcome Failed(Diagnostic problem) => new([], [], null, problem);

    public static TargetOutcome NotLocked(string reason) => new([], [], reason, null);
}
