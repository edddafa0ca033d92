using System.Diagnostics.CodeAnalysis;

namespace LayerBuild.Formats.Npm;

/// <summary>
/// A version of a package of npm, ordered as Semantic Versioning 2.0.0 (section 11) orders them. Missing numbers count as 0, a leading
/// <c>v</c> or <c>=</c> is skipped as node-semver skips it, and build metadata count for nothing.
/// </summary>
internal sealed class SemanticVersion : IComparable<SemanticVersion>
{
    /// <summary>Characters; node-semver takes no longer ones.</summary>
    private const int MaxLength = 256;

    private readonly string[] _release;
    private readonly string[] _prerelease;

    private SemanticVersion(string[] release, string[] prerelease)
    {
        _release = release;
        _prerelease = prerelease;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out SemanticVersion? version)
    {
        version = null;
        string trimmed = text.Length <= MaxLength ? text.Trim().TrimStart('=').TrimStart().TrimStart('v', 'V') : "";
        string[] built = trimmed.Split('+', 2);
        string[] parts = built[0].Split('-', 2);
        string[] release = parts[0].Split('.');
        string[] prerelease = parts.Length == 2 ? parts[1].Split('.') : [];
        if (!release.All(IsNumber) || !prerelease.All(IsIdentifier) || !built.Skip(1).All(b => b.Split('.').All(IsIdentifier)))
        {
            return false;
        }

        version = new SemanticVersion([.. release.Select(Number)], [.. prerelease.Select(p => IsNumber(p) ? Number(p) : p)]);
        return true;
    }

    public int CompareTo(SemanticVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        for (int i = 0; i < Math.Max(_release.Length, other._release.Length); i++)
        {
            if (CompareNumbers(_release.ElementAtOrDefault(i) ?? "0", other._release.ElementAtOrDefault(i) ?? "0") is not 0 and int order)
            {
                return order;
            }
        }

        if (_prerelease.Length == 0 || other._prerelease.Length == 0)
        {
            // A prerelease comes before its release.
            return (_prerelease.Length == 0).CompareTo(other._prerelease.Length == 0);
        }

        for (int i = 0; i < Math.Min(_prerelease.Length, other._prerelease.Length); i++)
        {
            if (CompareIdentifiers(_prerelease[i], other._prerelease[i]) is not 0 and int order)
            {
                return order;
            }
        }

        return _prerelease.Length.CompareTo(other._prerelease.Length);
    }

    private static int CompareIdentifiers(string left, string right)
    {
        bool leftNumber = IsNumber(left);
        bool rightNumber = IsNumber(right);
        return leftNumber && rightNumber ? CompareNumbers(left, right)
            : leftNumber != rightNumber ? rightNumber.CompareTo(leftNumber)
            : string.CompareOrdinal(left, right);
    }

    /// <summary>Numbers may have any length, and no leading zeros here.</summary>
    private static int CompareNumbers(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);

    private static string Number(string digits) => digits.TrimStart('0') is { Length: > 0 } number ? number : "0";

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static bool IsIdentifier(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
