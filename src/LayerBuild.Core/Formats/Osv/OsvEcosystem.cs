using System.Text;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Osv;

/// <summary>The ecosystems of OSV whose packages a layer may hold.</summary>
internal sealed class OsvEcosystem
{
    public static readonly OsvEcosystem PyPI = new("PyPI", 1, "Python packages");
    public static readonly OsvEcosystem Npm = new("npm", 2, "npm packages");

    private readonly byte[] _utf8;

    private OsvEcosystem(string name, int flag, string packages)
    {
        Name = name;
        Flag = flag;
        Packages = packages;
        _utf8 = Encoding.UTF8.GetBytes(name);
    }

    public static IReadOnlyList<OsvEcosystem> All { get; } = [PyPI, Npm];

    /// <summary>As OSV writes it.</summary>
    public string Name { get; }

    /// <summary>Its bit in a set of ecosystems.</summary>
    public int Flag { get; }

    /// <summary>What messages call its packages.</summary>
    public string Packages { get; }

    /// <param name="utf8">The value of an <c>ecosystem</c> field; a suffix behind a colon narrows it.</param>
    public static OsvEcosystem? Find(ReadOnlySpan<byte> utf8)
    {
        int colon = utf8.IndexOf((byte)':');
        ReadOnlySpan<byte> name = colon < 0 ? utf8 : utf8[..colon];
        foreach (OsvEcosystem ecosystem in All)
        {
            if (name.SequenceEqual(ecosystem._utf8))
            {
                return ecosystem;
            }
        }

        return null;
    }

    /// <summary>The one spelling of a package's name: PyPI compares names normalized, npm as they are.</summary>
    public string Key(string name) => this == PyPI ? DistributionName.Normalize(name) : name;

    public override string ToString() => Name;
}
