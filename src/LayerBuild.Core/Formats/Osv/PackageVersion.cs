using LayerBuild.Formats.Npm;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Osv;

/// <summary>A version in the order of its ecosystem: PEP 440 for PyPI, Semantic Versioning for npm.</summary>
internal sealed class PackageVersion : IComparable<PackageVersion>
{
    /// <summary>Characters. What is longer is no version of a package, and takes long to compare.</summary>
    private const int MaxLength = 256;

    /// <summary>What <c>"introduced": "0"</c> means: before every version.</summary>
    public static readonly PackageVersion Beginning = new("0", null, null);

    private readonly DistributionVersion? _python;
    private readonly SemanticVersion? _npm;

    private PackageVersion(string text, DistributionVersion? python, SemanticVersion? npm)
    {
        Text = text.Trim();
        _python = python;
        _npm = npm;
    }

    /// <summary>As it was written, without white space around it.</summary>
    public string Text { get; }

    public static PackageVersion? TryParse(OsvEcosystem ecosystem, string text)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        if (ecosystem == OsvEcosystem.PyPI)
        {
            return DistributionVersion.TryParse(text, out DistributionVersion? python) ? new PackageVersion(text, python, null) : null;
        }

        return SemanticVersion.TryParse(text, out SemanticVersion? npm) ? new PackageVersion(text, null, npm) : null;
    }

    public int CompareTo(PackageVersion? other) => Compare(other, (left, right) => left.CompareTo(right));

    /// <summary>
    /// Order against a version that an advisory names. <c>2.1.0+cu121</c> is a build of 2.1.0, so a local part counts only where the
    /// advisory has one.
    /// </summary>
    public int CompareToBound(PackageVersion bound) => Compare(bound, (left, right) => left.CompareToBound(right));

    private int Compare(PackageVersion? other, Func<DistributionVersion, DistributionVersion, int> python)
    {
        if (other is null)
        {
            return 1;
        }

        if (ReferenceEquals(this, Beginning) || ReferenceEquals(other, Beginning))
        {
            return ReferenceEquals(other, Beginning).CompareTo(ReferenceEquals(this, Beginning));
        }

        return _python is not null && other._python is not null ? python(_python, other._python)
            : _npm is not null ? _npm.CompareTo(other._npm)
            : throw new ArgumentException("Versions of two ecosystems have no order.", nameof(other));
    }
}
