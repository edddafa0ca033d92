using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>LB3008: secrets. Everyone whom a layer is shared with can read all of it.</summary>
internal static class SecretCheck
{
    private const string Code = "LB3008";

    /// <summary>Folders of packages whose keys are published with them, to be used by tests.</summary>
    private static readonly (string Package, string Folder)[] Published = [("moto", "/moto/moto_proxy/"), ("trustme", "/trustme/")];

    public static IEnumerable<Finding> Run(InspectedLayer layer)
    {
        bool shared = layer.Layer.ShareWith.Count > 0;
        Severity severity = shared ? Severity.Error : Severity.Warning;
        string audience = shared
            ? $"The layer is shared with {string.Join(", ", layer.Layer.ShareWith)}, who can read all of its files."
            : "Anyone who can read the layer can read it.";
        foreach ((LayerEntry entry, FileFacts facts) in layer.Notable)
        {
            // A package's examples and the keys of its tests are public already.
            if (facts.Secrets.Count == 0 || ((entry.Owner is not null || InspectedLayer.IsNodePackage(entry.Path)) && IsExample(entry.Owner, entry.Path)))
            {
                continue;
            }

            Secret first = facts.Secrets[0];
            string more = facts.Secrets.Count > 1 ? $" and {facts.Secrets.Count - 1} more" : "";
            yield return new Finding(Code, severity, entry, $"holds {first.Kind} (line {first.Line}){more}. {audience} "
                + "Remove it, and let the function read it from Secrets Manager, Parameter Store or its environment; "
                + $"if it is not a secret, accept it with AllowFindings=\"{Code}:{entry.Path}\".")
            { Line = first.Line };
        }
    }

    private static bool IsExample(InstalledPackage? owner, ZipPath path)
    {
        if (Published.Any(p => p.Package == owner?.Name && path.Value.Contains(p.Folder, StringComparison.Ordinal)))
        {
            return true;
        }

        foreach (string part in path.Value.Split('/')[..^1])
        {
            if (part is "test" or "tests" or "testing" or "testdata" or "test_data" or "fixtures" or "example" or "examples" or "docs" or "doc")
            {
                return true;
            }
        }

        return path.FileName.StartsWith("test_", StringComparison.Ordinal);
    }
}
