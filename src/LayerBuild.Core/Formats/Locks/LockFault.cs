using LayerBuild.Diagnostics;

namespace LayerBuild.Formats.Locks;

/// <summary>All that can be wrong with a lock file, or with what is asked of it.</summary>
internal enum LockFaultKind
{
    /// <summary>The file is not there, or cannot be read.</summary>
    Unreadable,

    /// <summary>It is not TOML, or not JSON.</summary>
    Malformed,

    /// <summary>It is written in a version of its format that nothing here knows.</summary>
    UnknownVersion,

    /// <summary>It breaks a rule of its format.</summary>
    Invalid,

    /// <summary>A path leads out of the repository.</summary>
    OutsideRepository,

    /// <summary>Groups of the manifest include each other in a circle.</summary>
    Cycle,

    /// <summary>Something is required that is not in the lock file.</summary>
    Missing,

    /// <summary>Two versions of one package are locked for one target, or none fits all that require it.</summary>
    Contradictory,

    /// <summary>The target's Python is outside what the project allows.</summary>
    RequiresPython,

    /// <summary>The target is none of the environments that were locked.</summary>
    Environment,

    /// <summary>A package has no version: its marker did not hold where it was locked.</summary>
    NotPinned,

    /// <summary>An extra that does not exist.</summary>
    UnknownExtra,

    /// <summary>A group that does not exist, or is not locked.</summary>
    UnknownGroup,

    /// <summary>A package to start from that is not in the lock file.</summary>
    UnknownPackage,

    /// <summary>Extras or groups that the project declares to exclude each other.</summary>
    Conflict,

    /// <summary>There are wheels, and none loads on the target.</summary>
    NoWheelFits,

    /// <summary>There are no wheels at all.</summary>
    SdistOnly,

    /// <summary>A warning: it was locked with another Python, and what that one did not need is not in it.</summary>
    OtherPython,

    /// <summary>A warning: its format is newer than what is known, in a way that readers may ignore.</summary>
    NewerFormat,
}

/// <summary>Why a lock file, or a package of it, cannot be used.</summary>
/// <param name="Message">What is wrong and how to fix it, as it goes on after the subject (<c>Layer 'x': </c>).</param>
internal sealed record LockFault(LockFaultKind Kind, string Message)
{
    /// <summary>Full path of the lock file, or of the manifest, that it is about.</summary>
    public string? File { get; init; }

    /// <summary>From 1; 0 when unknown.</summary>
    public int Line { get; init; }

    /// <summary>From 1; 0 when unknown.</summary>
    public int Column { get; init; }

    /// <summary>The package that it is about.</summary>
    public LockedPackage? Package { get; init; }

    public bool IsWarning => Kind is LockFaultKind.OtherPython or LockFaultKind.NewerFormat;

    /// <param name="subject"><c>Layer 'x'</c>.</param>
    public Diagnostic ToDiagnostic(string subject)
    {
        string text = $"{subject}: {Message}";
        return (IsWarning ? Diagnostic.Warning(Code, text) : Diagnostic.Error(Code, text)) with { File = File, Line = Line };
    }

    /// <summary>See docs/diagnostics/lb2xxx.md.</summary>
    private string Code => Kind switch
    {
        LockFaultKind.RequiresPython or LockFaultKind.Environment or LockFaultKind.NotPinned => "LB2016",
        LockFaultKind.UnknownExtra or LockFaultKind.UnknownGroup or LockFaultKind.UnknownPackage or LockFaultKind.Conflict => "LB2017",
        LockFaultKind.NoWheelFits or LockFaultKind.SdistOnly => "LB2003",
        LockFaultKind.OtherPython or LockFaultKind.NewerFormat => "LB2018",
        _ => "LB2015",
    };
}

/// <summary>Carries a fault out of a reader; it does not leave this room.</summary>
internal sealed class LockFaultException(LockFault fault) : Exception(fault.Message)
{
    public LockFault Fault { get; } = fault;
}
