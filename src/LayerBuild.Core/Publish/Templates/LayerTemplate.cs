using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish.Templates;

/// <summary>A tool's language for what is to be deployed.</summary>
/// <param name="Name">As LambdaLayerTemplates names it.</param>
/// <param name="FileName">Of the template, beside the zips.</param>
internal sealed record LayerTemplate(string Name, string FileName, Func<IReadOnlyList<BuiltLayer>, string> Text)
{
    public static IReadOnlyList<LayerTemplate> All { get; } =
    [
        new("cloudformation", "layers.cloudformation.yaml", layers => CloudFormationTemplate.Text(layers, sam: false)),
        new("sam", "layers.sam.yaml", layers => CloudFormationTemplate.Text(layers, sam: true)),
        new("terraform", "layers.tf", TerraformTemplate.Text),
    ];

    /// <summary>UTF-8, line feeds.</summary>
    public byte[] Write(IReadOnlyList<BuiltLayer> layers) => Encoding.UTF8.GetBytes(Text(layers));

    /// <summary>The templates of these names, without repeats; LB5012 for any other name.</summary>
    public static IReadOnlyList<LayerTemplate> Parse(IEnumerable<string> names)
    {
        List<LayerTemplate> templates = [];
        foreach (string name in names.SelectMany(n => n.Split([';', ',', ' '], StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            templates.Add(All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new DiagnosticException(Diagnostic.Error(
                    "LB5012", $"LambdaLayerTemplates names '{name}'; LayerBuild writes {string.Join(", ", All.Select(t => t.Name))}.")));
        }

        return templates;
    }
}
