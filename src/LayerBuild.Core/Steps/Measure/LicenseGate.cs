using System.IO.Enumeration;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Licenses;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>Holds the packages of a layer to its <c>DisallowLicenses</c>.</summary>
internal sealed class LicenseGate(LayerDeclaration layer, DiagnosticLog log)
{
    private const string Disallowed = "LB4007";
    private const string Undecided = "LB4008";

    public void Check(LayerTree tree)
    {
        if (layer.DisallowLicenses.Count == 0)
        {
            return;
        }

        Predicate<string>[] rules = [.. layer.DisallowLicenses.Select(Rule)];
        bool IsDisallowed(string license) => Array.Exists(rules, rule => rule(license));
        var unknown = new List<string>();
        foreach (InstalledPackage package in tree.Packages.DistinctBy(p => (PackageName.Key(p.Name, p.Folder), p.Version)))
        {
            PackageLicense license = PackageLicense.Read(package.Metadata);
            string title = $"{package.Name} {package.Version}";
            if (license.Expressions.Any(e => !e.CanAvoid(IsDisallowed)) || (license.HasUnknown && license.Text is { } words && IsDisallowed(words)))
            {
                if (!IsAccepted(Disallowed, package))
                {
                    Add(Severity.Error, Disallowed, $"Layer '{layer.Name}': {title} is licensed {license.Text}, which DisallowLicenses=\"{string.Join(';', layer.DisallowLicenses)}\" "
                        + $"does not allow. Replace the package, or accept it with AllowFindings=\"{Disallowed}:{PackageName.Key(package.Name, package.Folder)}\".");
                }
            }
            else if (license.HasUnknown && !IsAccepted(Undecided, package))
            {
                unknown.Add(license.Text is null ? title : $"{title} (says: {license.Text})");
            }
        }

        if (unknown.Count > 0)
        {
            Add(Severity.Warning, Undecided, $"Layer '{layer.Name}': the licence of {string.Join(", ", unknown)} is unknown: METADATA names no SPDX id, so DisallowLicenses cannot be applied. "
                + $"Look it up, then accept it with AllowFindings=\"{Undecided}:<package>\".");
        }
    }

    /// <summary>
    /// <c>GPL-3.0-only</c> covers GPL-3.0-only WITH any exception; <c>GPL-2.0-or-later</c> also each version from there on;
    /// <c>*</c> stands for anything.
    /// </summary>
    private static Predicate<string> Rule(string text)
    {
        string id = LicenseExpression.Parse(text)?.ToString() ?? text.Trim();
        string[] ids = [id, .. LicenseNames.VersionsFrom(id) ?? []];
        return license => Array.Exists(ids, i => FileSystemName.MatchesSimpleExpression(i, license, ignoreCase: true));
    }

    private bool IsAccepted(string code, InstalledPackage package) =>
        layer.Accepts(code, text => PackageName.Key(text, package.Folder), package.Name);

    private void Add(Severity severity, string code, string message) => log.Add(new Diagnostic(severity, code, message) { File = layer.ProjectFile });
}
