using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary><c>dotnet publish</c> against a server that checks every signature.</summary>
public sealed class PublishTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _noAws = new();
    private FakeAws _aws = null!;

    public async Task InitializeAsync() => _aws = await FakeAws.StartAsync();

    public async Task DisposeAsync()
    {
        await _aws.DisposeAsync();
        _noAws.Dispose();
    }

    [Fact]
    public void Layers_are_published_shared_and_attached_once_and_nothing_secret_is_logged()
    {
        using CliProject project = New(CliProject.Library(
            properties: $"<LambdaLayerRegions>eu-west-1;cn-north-1</LambdaLayerRegions><LambdaLayerEndpointUrl>{_aws.Url}</LambdaLayerEndpointUrl>",
            items: """
                <LambdaFunction Include="resize" Layers="one" Regions="eu-west-1" />
                <LambdaLayer Update="one" ShareWith="111111111111" Description="as declared" />
                """));
        project.Write("Directory.Build.targets", """
            <Project>
              <Target Name="Tell" AfterTargets="PublishLambdaLayers">
                <Message Importance="high" Text="told %(PublishedLambdaLayer.Region) %(PublishedLambdaLayer.LayerVersionArn) %(PublishedLambdaLayer.IsNew)" />
              </Target>
            </Project>
            """);
        FakeFunction function = _aws.Lambda.AddFunction("eu-west-1", "resize");
        function.Runtime = "python3.13";

        project.Succeed("publish");
        Assert.Empty(_aws.Requests);
        // The log tells of every assembly that a task loads.
        Assert.DoesNotContain("AWSSDK", Assert.Single(Logs(project)), StringComparison.Ordinal);

        string first = project.Succeed("publish", "-p:PublishLayer=true", "-p:AttachLayers=true").Output;
        Assert.Contains("one  eu-west-1  version 1 published (", first, StringComparison.Ordinal);
        Assert.Contains("told cn-north-1 arn:aws-cn:lambda:cn-north-1:123456789012:layer:one:1 true", first, StringComparison.Ordinal);
        Assert.Equal(["arn:aws:lambda:eu-west-1:123456789012:layer:one:1"], function.Layers);
        Assert.Equal("as declared", Assert.Single(_aws.Lambda.Versions("eu-west-1", "one")).Description);
        Assert.Equal(["layerbuild-111111111111"], _aws.Lambda.Versions("cn-north-1", "one")[0].Statements.Keys);
        Assert.Equal(2, JsonNode.Parse(File.ReadAllText(project["bin/Release/net10.0/layers/published.json"]))!["layers"]!.AsArray().Count);

        string second = project.Succeed("publish", "-p:PublishLayer=true", "-p:AttachLayers=true").Output;
        Assert.Contains("one  eu-west-1  unchanged since version 1", second, StringComparison.Ordinal);
        Assert.Equal(1, _aws.Lambda.EverMade("eu-west-1", "one"));
        Assert.Equal(1, function.Updates);
        Assert.True(_aws.BadSignatures.IsEmpty);

        Assert.All(Logs(project), log => Assert.DoesNotContain(SignatureCheck.SecretKey, log, StringComparison.Ordinal));
        Assert.Contains(Logs(project), log => log.Contains("AWSSDK", StringComparison.Ordinal));
    }

    [Fact]
    public void One_region_that_fails_fails_the_build_at_its_end()
    {
        using CliProject project = New(CliProject.LayersOnly());
        _aws.Faults = (_, line) => line.StartsWith("eu-west-1", StringComparison.Ordinal) ? FaultKind.AccessDenied : null;

        string output = project.Fail("publish", "-p:PublishLayer=true", "-p:LambdaLayerRegions=eu-west-1%3Bus-east-1", $"-p:LambdaLayerEndpointUrl={_aws.Url}");

        Assert.Contains("error LB5002: ListLayerVersions of one in eu-west-1 was refused: AccessDeniedException", output, StringComparison.Ordinal);
        Assert.Contains("one  us-east-1  version 1 published", output, StringComparison.Ordinal);
        Assert.Equal(1, _aws.Lambda.EverMade("us-east-1", "one"));
    }

    [Fact]
    public void What_one_clone_built_another_fetches_and_templates_name_it()
    {
        _aws.S3.AddBucket("shared", "eu-west-1");
        string[] arguments =
            ["build", "-p:LambdaLayerRemoteCache=s3://shared/x", $"-p:LambdaLayerEndpointUrl={_aws.Url}", "-p:LambdaLayerTemplates=sam%3Bterraform"];
        using CliProject ci = New(CliProject.LayersOnly());
        ci.Environment["AWS_REGION"] = "eu-west-1";
        ci.Succeed([.. arguments, "-p:LambdaLayerRemoteCachePush=true"]);
        using CliProject dev = New(CliProject.LayersOnly("elsewhere"));
        dev.Environment["AWS_REGION"] = "eu-west-1";

        Assert.Contains("one: fetched from the remote cache", dev.Succeed(arguments).Output, StringComparison.Ordinal);

        foreach (string file in new[] { "one.zip", "one.layer.json", "layers.sam.yaml", "layers.tf" })
        {
            Assert.Equal(File.ReadAllBytes(ci["bin/Debug/layers/" + file]), File.ReadAllBytes(dev["bin/Debug/layers/" + file]));
        }

        Assert.Empty(dev.Succeed(arguments).Log.LayerTasks);
        dev.Succeed("clean", "-p:LambdaLayerTemplates=sam%3Bterraform");
        Assert.Empty(dev.Files("bin", "layers.*"));

        // A bucket that begins to answer and then stands still: the package as it ships must see to it, too.
        _aws.Faults = (_, _) => FaultKind.StalledAnswer;
        string slow = dev.Succeed(arguments).Output;
        Assert.Contains("warning LB5013: The remote cache s3://shared/x/ is not used in this build: It is too slow.", slow, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(ci["bin/Debug/layers/one.zip"]), File.ReadAllBytes(dev["bin/Debug/layers/one.zip"]));
    }

    [Fact]
    public void Templates_follow_what_is_declared()
    {
        using CliProject project = New(CliProject.LayersOnly());
        project.Write("Directory.Build.targets", """
            <Project>
              <ItemGroup Condition="'$(More)' == 'true'">
                <LambdaLayer Include="two" CompatibleRuntimes="python3.13" SourceDirectory="layers/one" ShareWith="$(With)" />
              </ItemGroup>
            </Project>
            """);
        const string both = "-p:LambdaLayerTemplates=sam%3Bterraform";

        Assert.Contains("\"two\"", Template("layers.tf", both, "-p:More=true"), StringComparison.Ordinal);
        Assert.Contains("111111111111", Template("layers.tf", both, "-p:More=true", "-p:With=111111111111"), StringComparison.Ordinal);
        Assert.Empty(project.Succeed("build", both, "-p:More=true", "-p:With=111111111111").Log.LayerTasks);
        Assert.DoesNotContain("\"two\"", Template("layers.tf", both), StringComparison.Ordinal);
        File.Delete(project["bin/Debug/layers/layers.tf"]);
        Assert.Contains("\"one\"", Template("layers.tf", both), StringComparison.Ordinal);
        Template("layers.tf", "-p:LambdaLayerTemplates=terraform");
        Assert.Single(project.Files("bin", "layers.*"));
        project.Succeed("build");
        Assert.Empty(project.Files("bin", "layers.*"));

        string Template(string name, params string[] arguments)
        {
            project.Succeed(["build", .. arguments]);
            return File.ReadAllText(project["bin/Debug/layers/" + name]);
        }
    }

    [Fact]
    public void An_error_of_publishing_is_about_the_project()
    {
        using CliProject project = New(CliProject.LayersOnly());
        project.Environment["AWS_PROFILE"] = "nobody";
        project.Environment["AWS_ACCESS_KEY_ID"] = null;

        string output = project.Fail("publish", "-p:PublishLayer=true", "-p:LambdaLayerRegions=eu-west-1");

        Assert.Matches("""proj : error LB5001: There is no AWS profile 'nobody'\.""", output);
    }

    /// <summary>Everything in the binary logs so far.</summary>
    private static string[] Logs(CliProject project) =>
    [
        .. Directory.GetFiles(Path.GetDirectoryName(project.Folder)!, "*.binlog").Select(log =>
        {
            using var content = new MemoryStream();
            using var unpacked = new GZipStream(File.OpenRead(log), CompressionMode.Decompress);
            unpacked.CopyTo(content);
            return Encoding.UTF8.GetString(content.ToArray());
        }),
    ];

    private CliProject New(CliProject project)
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("AWS_", StringComparison.Ordinal)))
        {
            project.Environment[name] = null;
        }

        project.Environment["AWS_ACCESS_KEY_ID"] = SignatureCheck.AccessKey;
        project.Environment["AWS_SECRET_ACCESS_KEY"] = SignatureCheck.SecretKey;
        project.Environment["AWS_CONFIG_FILE"] = _noAws.Write("config", "");
        project.Environment["AWS_SHARED_CREDENTIALS_FILE"] = _noAws.Write("credentials", "");
        project.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        return project;
    }
}
