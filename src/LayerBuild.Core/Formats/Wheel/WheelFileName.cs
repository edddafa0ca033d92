using System.Diagnostics.CodeAnalysis;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

/// <summary>
/// The name of a wheel file, taken apart: <c>name-version[-build]-python-abi-platform.whl</c>
/// (binary distribution format specification). Each tag may be a set, joined by dots.
/// </summary>
internal sealed record WheelFileName
{
    private WheelFileName(string fileName, string[] parts)
    {
        FileName = fileName;
        Name = DistributionName.Normalize(parts[0]);
        Version = parts[1].Replace('_', '+');
        Build = parts.Length == 6 ? parts[2] : "";
        Pythons = parts[^3].Split('.');
        Abis = parts[^2].Split('.');
        Platforms = parts[^1].Split('.');
    }

    /// <summary>The file's name as it is.</summary>
    public string FileName { get; }

    /// <summary>Normalized distribution name.</summary>
    public string Name { get; }

    public string Version { get; }

    /// <summary>Build tag; empty when there is none.</summary>
    public string Build { get; }

    public IReadOnlyList<string> Pythons { get; }

    public IReadOnlyList<string> Abis { get; }

    public IReadOnlyList<string> Platforms { get; }

    /// <summary>Runs anywhere: no ABI, no platform.</summary>
    public bool IsPure => Abis is ["none"] && Platforms is ["any"];

    public static bool TryParse(string fileName, [NotNullWhen(true)] out WheelFileName? wheel)
    {
        wheel = null;
        if (!fileName.EndsWith(".whl", StringComparison.Ordinal))
        {
            return false;
        }

        string[] parts = fileName[..^4].Split('-');
        if (parts.Length is not (5 or 6) || parts.Any(p => p.Length == 0) || (parts.Length == 6 && !char.IsAsciiDigit(parts[2][0])))
        {
            return false;
        }

        wheel = new WheelFileName(fileName, parts);
        return true;
    }

    /// <summary>The cross product of its tags.</summary>
    public IEnumerable<string> Tags() =>
        from python in Pythons
        from abi in Abis
        from platform in Platforms
        select $"{python}-{abi}-{platform}";

    /// <summary>Orders by build tag: none, then by its number, then by the letters behind it.</summary>
    public int CompareBuild(WheelFileName other)
    {
        (string digits, string rest) = SplitBuild();
        (string otherDigits, string otherRest) = other.SplitBuild();
        int order = digits.Length.CompareTo(otherDigits.Length);
        order = order != 0 ? order : string.CompareOrdinal(digits, otherDigits);
        return order != 0 ? order : string.CompareOrdinal(rest, otherRest);
    }

    /// <summary>The number, without leading zeros but with a mark that there is one, and what is behind it.</summary>
    private (string Digits, string Letters) SplitBuild()
    {
        int end = Build.AsSpan().IndexOfAnyExceptInRange('0', '9') is >= 0 and int letters ? letters : Build.Length;
        return (Build.Length == 0 ? "" : "+" + Build[..end].TrimStart('0'), Build[end..]);
    }

    public override string ToString() => FileName;
}
