using System.Text;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish.Templates;

/// <summary>
/// A template of CloudFormation, or of SAM, for <c>aws cloudformation package</c> or <c>sam deploy</c>: they upload the
/// zips that it names. Old versions stay, as they do when LayerBuild publishes.
/// </summary>
internal static class CloudFormationTemplate
{
    public static string Text(IReadOnlyList<BuiltLayer> layers, bool sam)
    {
        var yaml = new StringBuilder();
        Line(yaml, 0, "# Written by LayerBuild with each build. Deploy it from this folder:");
        Line(yaml, 0, sam
            ? "#   sam deploy --template-file layers.sam.yaml --resolve-s3 --stack-name NAME"
            : "#   aws cloudformation package --template-file layers.cloudformation.yaml --s3-bucket BUCKET --output-template-file packaged.yaml");
        if (!sam)
        {
            Line(yaml, 0, "#   aws cloudformation deploy --template-file packaged.yaml --stack-name NAME");
        }

        Line(yaml, 0, "AWSTemplateFormatVersion: \"2010-09-09\"");
        if (sam)
        {
            Line(yaml, 0, "Transform: AWS::Serverless-2016-10-31");
        }

        string[] ids = Identifiers.Unique(layers.Select(l => Identifiers.Pascal(l.Name)));
        Line(yaml, 0, "Resources:");
        for (int i = 0; i < layers.Count; i++)
        {
            Layer(yaml, ids[i], layers[i], sam);
            foreach (LayerPrincipal principal in layers[i].ShareWith)
            {
                Permission(yaml, ids[i], principal);
            }
        }

        Line(yaml, 0, "Outputs:");
        foreach (string id in ids)
        {
            Line(yaml, 1, $"{id}Arn:");
            Line(yaml, 2, $"Value: !Ref {id}");
        }

        return yaml.ToString();
    }

    private static void Layer(StringBuilder yaml, string id, BuiltLayer layer, bool sam)
    {
        Line(yaml, 1, $"{id}:");
        Line(yaml, 2, sam ? "Type: AWS::Serverless::LayerVersion" : "Type: AWS::Lambda::LayerVersion");
        if (!sam)
        {
            Line(yaml, 2, "DeletionPolicy: Retain");
            Line(yaml, 2, "UpdateReplacePolicy: Retain");
        }

        Line(yaml, 2, "Metadata:");
        Line(yaml, 3, $"CodeSha256: {Quote(layer.CodeSha256)}");
        Line(yaml, 2, "Properties:");
        Line(yaml, 3, $"LayerName: {Quote(layer.Name)}");
        Line(yaml, 3, $"{(sam ? "ContentUri" : "Content")}: {Quote(layer.Manifest.Zip)}");
        if (layer.Manifest.Description is { Length: > 0 } description)
        {
            Line(yaml, 3, $"Description: {Quote(description)}");
        }

        if (layer.Manifest.LicenseInfo is { Length: > 0 } license)
        {
            Line(yaml, 3, $"LicenseInfo: {Quote(license)}");
        }

        List(yaml, "CompatibleRuntimes", layer.Manifest.Runtimes);
        List(yaml, "CompatibleArchitectures", layer.Manifest.Architectures);
        if (sam)
        {
            Line(yaml, 3, "RetentionPolicy: Retain");
        }
    }

    private static void Permission(StringBuilder yaml, string layer, LayerPrincipal principal)
    {
        Line(yaml, 1, $"{layer}{Identifiers.Pascal("to-" + principal.StatementId[LayerPrincipal.StatementPrefix.Length..])}:");
        Line(yaml, 2, "Type: AWS::Lambda::LayerVersionPermission");
        // Whoever is no longer named loses the version that is current; older versions stay shared.
        Line(yaml, 2, "DeletionPolicy: Delete");
        Line(yaml, 2, "UpdateReplacePolicy: Retain");
        Line(yaml, 2, "Properties:");
        Line(yaml, 3, "Action: lambda:GetLayerVersion");
        Line(yaml, 3, $"LayerVersionArn: !Ref {layer}");
        Line(yaml, 3, $"Principal: {Quote(principal.Principal)}");
        if (principal.OrganizationId is { } organization)
        {
            Line(yaml, 3, $"OrganizationId: {Quote(organization)}");
        }
    }

    private static void List(StringBuilder yaml, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            Line(yaml, 3, $"{name}: [{string.Join(", ", values.Select(Quote))}]");
        }
    }

    /// <summary>A JSON string, which YAML reads the same.</summary>
    private static string Quote(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text, Identifiers.Readable)}\"";

    private static void Line(StringBuilder yaml, int depth, string text) => yaml.Append(' ', 2 * depth).Append(text).Append('\n');
}
