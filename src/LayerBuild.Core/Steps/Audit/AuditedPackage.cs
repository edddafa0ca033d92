using LayerBuild.Formats.Osv;

namespace LayerBuild.Steps.Audit;

/// <summary>A package of a layer, as far as advisories are about it.</summary>
/// <param name="Name">As its metadata write it.</param>
/// <param name="Version">As its metadata write it.</param>
/// <param name="Requested">Named by the user, not only by another package.</param>
/// <param name="RequiredBy">Names of the packages of the layer that require it.</param>
internal sealed record AuditedPackage(OsvEcosystem Ecosystem, string Name, string Version, bool Requested, IReadOnlyList<string> RequiredBy)
{
    /// <summary>Its one spelling.</summary>
    public string Key => Ecosystem.Key(Name);

    /// <summary>Whether advisories cannot tell the two apart.</summary>
    public bool IsSameAs(AuditedPackage other) => Ecosystem == other.Ecosystem && Version == other.Version && Key == other.Key;

    public override string ToString() => $"{Name} {Version}";
}
