using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Formats.Locks;

/// <summary>Chooses the file of a package for a target.</summary>
/// <param name="lockName">Of the lock file, for messages.</param>
internal sealed class WheelChoice(PythonTarget target, string lockName)
{
    private readonly WheelTags _tags = WheelTags.For(target);

    /// <summary>How to get a wheel that loads, where the tool that locked has a way of its own.</summary>
    public string? Advice { get; init; }

    /// <param name="package">Its files have names.</param>
    /// <returns>The package with its wheel, or why it has none.</returns>
    public (SelectedPackage? Selected, LockFault? Fault) Choose(LockedPackage package)
    {
        PackageFile? wheel = _tags.Best(package.Files, f => f.Name);
        if (wheel is not null)
        {
            return (new SelectedPackage(package, wheel), null);
        }

        string[] wheels = [.. package.Files.Where(f => f.IsWheel).Select(f => f.Name!)];
        LockFault fault = wheels.Length == 0
            ? new LockFault(LockFaultKind.SdistOnly, $"{package.Title} has no wheel in {lockName}, only a source distribution ({string.Join(", ", package.Files.Select(f => f.Name))}). Ask for a version that has one, or name the package in AllowSdist to build it here.")
            : new LockFault(LockFaultKind.NoWheelFits, $"no wheel of {package.Title} in {lockName} loads on {target}. What is locked: {Describe(wheels)}. {Advice ?? "Ask for a version that has a wheel for it, or declare another runtime or architecture."}");
        return (null, fault with { Package = package, Line = package.Line });
    }

    /// <summary>The wheels of Linux with what is wrong with each; others only when there are no such.</summary>
    private string Describe(string[] wheels)
    {
        const int most = 6;
        string[] near = [.. wheels.Where(w => w.Contains("linux", StringComparison.Ordinal) || w.EndsWith("-any.whl", StringComparison.Ordinal))];
        string[] shown = near.Length > 0 ? near : wheels;
        IEnumerable<string> words = shown.Take(most).Select(w => WheelFileName.TryParse(w, out WheelFileName? name) && _tags.WhyNot(name, target) is { } why ? $"{w} ({why})" : w);
        int more = wheels.Length - Math.Min(shown.Length, most);
        return string.Join(", ", words) + (more > 0 ? $" and {more} more" : "");
    }
}
