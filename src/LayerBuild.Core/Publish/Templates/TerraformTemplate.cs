using System.Text;
using System.Text.Json;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish.Templates;

/// <summary>A module of Terraform (or OpenTofu): the folder of the zips is its source.</summary>
internal static class TerraformTemplate
{
    public static string Text(IReadOnlyList<BuiltLayer> layers)
    {
        var hcl = new StringBuilder();
        Line(hcl, "# Written by LayerBuild with each build. Use this folder as a module:");
        Line(hcl, "#   module \"layers\" { source = \"./path/to/this/folder\" }");
        string[] names = Identifiers.Unique(layers.Select(l => Identifiers.Snake(l.Name)));
        for (int i = 0; i < layers.Count; i++)
        {
            Layer(hcl, names[i], layers[i]);
        }

        return hcl.ToString();
    }

    private static void Layer(StringBuilder hcl, string name, BuiltLayer layer)
    {
        string manifest = Path.ChangeExtension(layer.Manifest.Zip, LayerManifest.Suffix);
        Block(hcl, $"resource \"aws_lambda_layer_version\" \"{name}\"",
        [
            ("layer_name", Quote(layer.Name)),
            ("filename", $"\"${{path.module}}/{layer.Manifest.Zip}\""),
            ("source_code_hash", $"jsondecode(file(\"${{path.module}}/{manifest}\")).codeSha256"),
            ("description", Quote(layer.Manifest.Description)),
            ("license_info", Quote(layer.Manifest.LicenseInfo)),
            ("compatible_runtimes", List(layer.Manifest.Runtimes)),
            ("compatible_architectures", List(layer.Manifest.Architectures)),
            ("skip_destroy", "true"),
        ]);
        foreach (LayerPrincipal principal in layer.ShareWith)
        {
            string whom = principal.StatementId[LayerPrincipal.StatementPrefix.Length..];
            Block(hcl, $"resource \"aws_lambda_layer_version_permission\" \"{Identifiers.Snake($"{name}_{whom}")}\"",
            [
                ("layer_name", $"aws_lambda_layer_version.{name}.layer_arn"),
                ("version_number", $"aws_lambda_layer_version.{name}.version"),
                ("statement_id", Quote(principal.StatementId)),
                ("action", Quote("lambda:GetLayerVersion")),
                ("principal", Quote(principal.Principal)),
                ("organization_id", Quote(principal.OrganizationId)),
                ("skip_destroy", "true"),
            ]);
        }

        Block(hcl, $"output \"{name}_arn\"", [("value", $"aws_lambda_layer_version.{name}.arn")]);
    }

    /// <summary>Arguments that are null are left out; the others are aligned as <c>terraform fmt</c> aligns them.</summary>
    private static void Block(StringBuilder hcl, string head, (string Name, string? Value)[] arguments)
    {
        arguments = [.. arguments.Where(a => a.Value is not null)];
        int width = arguments.Max(a => a.Name.Length);
        Line(hcl, "");
        Line(hcl, head + " {");
        foreach ((string name, string? value) in arguments)
        {
            Line(hcl, $"  {name.PadRight(width)} = {value}");
        }

        Line(hcl, "}");
    }

    private static string? List(IReadOnlyList<string> values) =>
        values.Count > 0 ? $"[{string.Join(", ", values.Select(v => Quote(v)))}]" : null;

    /// <summary>A JSON string, in which HCL would take <c>${</c> and <c>%{</c> for templates.</summary>
    private static string? Quote(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        string json = JsonEncodedText.Encode(text, Identifiers.Readable).ToString();
        return $"\"{json.Replace("${", "$${", StringComparison.Ordinal).Replace("%{", "%%{", StringComparison.Ordinal)}\"";
    }

    private static void Line(StringBuilder hcl, string text) => hcl.Append(text).Append('\n');
}
