using LayerBuild.Diagnostics;
using LayerBuild.Publish.Templates;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Publish;

public sealed class LayerTemplateTests : IAsyncLifetime
{
    private PublishFixture _fixture = null!;

    public async Task InitializeAsync() => _fixture = await PublishFixture.StartAsync();

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public void A_cloudformation_template_names_the_zip_and_keeps_old_versions()
    {
        string text = LayerTemplate.Parse(["cloudformation"])[0].Text([Layer()]);

        Assert.Equal(
            """
            # Written by LayerBuild with each build. Deploy it from this folder:
            #   aws cloudformation package --template-file layers.cloudformation.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
            #   aws cloudformation deploy --template-file packaged.yaml --stack-name NAME
            AWSTemplateFormatVersion: "2010-09-09"
            Resources:
              RequestsLayer:
                Type: AWS::Lambda::LayerVersion
                DeletionPolicy: Retain
                UpdateReplacePolicy: Retain
                Metadata:
                  CodeSha256: "HASH"
                Properties:
                  LayerName: "requests-layer"
                  Content: "requests-layer.zip"
                  Description: "say \"hi\" ${x} 你好"
                  LicenseInfo: "Apache-2.0"
                  CompatibleRuntimes: ["python3.12", "python3.13"]
                  CompatibleArchitectures: ["x86_64"]
              RequestsLayerTo111111111111:
                Type: AWS::Lambda::LayerVersionPermission
                DeletionPolicy: Delete
                UpdateReplacePolicy: Retain
                Properties:
                  Action: lambda:GetLayerVersion
                  LayerVersionArn: !Ref RequestsLayer
                  Principal: "111111111111"
              RequestsLayerToOA1b2c3d4e5:
                Type: AWS::Lambda::LayerVersionPermission
                DeletionPolicy: Delete
                UpdateReplacePolicy: Retain
                Properties:
                  Action: lambda:GetLayerVersion
                  LayerVersionArn: !Ref RequestsLayer
                  Principal: "*"
                  OrganizationId: "o-a1b2c3d4e5"
            Outputs:
              RequestsLayerArn:
                Value: !Ref RequestsLayer

            """,
            text.Replace(Layer().CodeSha256, "HASH", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sam_template_has_a_serverless_layer()
    {
        string text = LayerTemplate.Parse(["SAM"])[0].Text([Layer()]);

        Assert.Contains("Transform: AWS::Serverless-2016-10-31\n", text, StringComparison.Ordinal);
        Assert.Contains("    Type: AWS::Serverless::LayerVersion\n    Metadata:\n", text, StringComparison.Ordinal);
        Assert.Contains("      ContentUri: \"requests-layer.zip\"\n", text, StringComparison.Ordinal);
        Assert.Contains("      RetentionPolicy: Retain\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terraform_module_takes_the_hash_from_the_manifest()
    {
        string text = LayerTemplate.Parse(["terraform"])[0].Text([Layer()]);

        Assert.Contains(
            """
            resource "aws_lambda_layer_version" "requests_layer" {
              layer_name               = "requests-layer"
              filename                 = "${path.module}/requests-layer.zip"
              source_code_hash         = jsondecode(file("${path.module}/requests-layer.layer.json")).codeSha256
              description              = "say \"hi\" $${x} 你好"
            """,
            text,
            StringComparison.Ordinal);
        Assert.Contains("resource \"aws_lambda_layer_version_permission\" \"requests_layer_o_a1b2c3d4e5\" {", text, StringComparison.Ordinal);
        Assert.Contains("  organization_id = \"o-a1b2c3d4e5\"\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_whose_names_come_to_one_identifier_have_different_ones()
    {
        string text = LayerTemplate.Parse(["cloudformation"])[0].Text([_fixture.Layer("a-b"), _fixture.Layer("a_b"), _fixture.Layer("1")]);

        Assert.Contains("  AB:\n", text, StringComparison.Ordinal);
        Assert.Contains("  AB2:\n", text, StringComparison.Ordinal);
        Assert.Contains("  Layer1:\n", text, StringComparison.Ordinal);
        Assert.Contains("\"_1\"", LayerTemplate.Parse(["terraform"])[0].Text([_fixture.Layer("1")]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("no")]
    [InlineData("1e3")]
    [InlineData("_")]
    public void A_name_that_yaml_takes_for_something_else_is_none(string name) =>
        Assert.Contains("\n  Layer", LayerTemplate.Parse(["cloudformation"])[0].Text([_fixture.Layer(name)]), StringComparison.Ordinal);

    [Fact]
    public void Another_template_is_LB5012()
    {
        var e = Assert.Throws<DiagnosticException>(() => LayerTemplate.Parse(["sam;pulumi"]));

        Assert.Equal("LB5012", e.Diagnostic.Code);
        Assert.Contains("'pulumi'", e.Message, StringComparison.Ordinal);
    }

    [RequiresProgramFact("cfn-lint")]
    public void Cfn_lint_accepts_them()
    {
        using var folder = new TemporaryDirectory();
        foreach (LayerTemplate template in LayerTemplate.Parse(["cloudformation", "sam"]))
        {
            string file = folder.Write(template.FileName, template.Text([Layer(), _fixture.Layer("other"), _fixture.Layer("2nd"), _fixture.Layer("yes")]));

            // W3002: this template is for "aws cloudformation package", as it says.
            (int exitCode, string output) = Programs.Run(Programs.Find("cfn-lint")!, folder.Path, [], "--regions", "us-east-1", "--ignore-checks", "W3002", "--", file);

            Assert.True(exitCode == 0, output);
        }
    }

    [RequiresProgramFact("terraform")]
    public void Terraform_would_write_them_the_same()
    {
        using var folder = new TemporaryDirectory();
        folder.Write("layers.tf", LayerTemplate.Parse(["terraform"])[0].Text([Layer(), _fixture.Layer("other"), _fixture.Layer("2nd"), _fixture.Layer("yes")]));

        (int exitCode, string output) = Programs.Run(Programs.Find("terraform")!, folder.Path, [], "fmt", "-check", "-diff", "layers.tf");

        Assert.True(exitCode == 0, output);
    }

    private BuiltLayer Layer() =>
        _fixture.Layer(change: m => m with { Description = "say \"hi\" ${x} 你好" }) with { ShareWith = PublishFixture.Share("111111111111", "o-a1b2c3d4e5") };
}
