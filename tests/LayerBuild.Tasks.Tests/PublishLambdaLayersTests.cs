using LayerBuild.Aws.S3;
using LayerBuild.Lambda;
using LayerBuild.Publish;
using LayerBuild.Steps.Measure;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Task = System.Threading.Tasks.Task;

namespace LayerBuild.Tasks;

/// <summary>The task, from items and the environment to items.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class PublishLambdaLayersTests : IDisposable
{
    private readonly RecordingEngine _engine = new();

    public void Dispose() => AwsEnvironment.Set([]);

    [Fact]
    public async Task Items_go_in_and_published_items_come_out()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer(), ("ShareWith", "111111111111; o-a1b2c3d4e5")));
        task.Regions = ["eu-west-1 cn-north-1"];

        Assert.True(task.Execute(), _engine.Text);

        Assert.Equal(["eu-west-1", "cn-north-1"], task.PublishedLayers.Select(i => i.GetMetadata("Region")).OrderDescending());
        ITaskItem item = task.PublishedLayers.Single(i => i.GetMetadata("Region") == "eu-west-1");
        Assert.Equal("arn:aws:lambda:eu-west-1:123456789012:layer:requests-layer:1", item.ItemSpec);
        Assert.Equal(item.ItemSpec, item.GetMetadata("LayerVersionArn"));
        Assert.Equal("requests-layer", item.GetMetadata("LayerName"));
        Assert.Equal("true", item.GetMetadata("IsNew"));
        Assert.Equal(("25", "100"), (item.GetMetadata("ZippedSize"), item.GetMetadata("UnzippedSize")));
        Assert.Equal(fixture.Layer().CodeSha256, item.GetMetadata("CodeSha256"));
        Assert.Contains("requests-layer  eu-west-1  version 1 published (25 bytes)  shared with 1 account and 1 organization  arn:aws:lambda:", _engine.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_is_told()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment(new() { ["AWS_SESSION_TOKEN"] = "very-secret-token" });
        fixture.Aws.Faults = (_, _) => FaultKind.AccessDenied;
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
        task.Regions = ["eu-west-1"];

        Assert.False(task.Execute());

        string all = _engine.Text + await File.ReadAllTextAsync(fixture.PublishedPath);
        Assert.DoesNotContain(SignatureCheck.SecretKey, all, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret-token", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_REGION", "eu-central-1")]
    [InlineData("AWS_DEFAULT_REGION", "eu-central-1")]
    public async Task The_region_comes_from_the_environment(string variable, string region)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment(new() { [variable] = region });
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));

        Assert.True(task.Execute(), _engine.Text);

        Assert.Equal(region, Assert.Single(task.PublishedLayers).GetMetadata("Region"));
    }

    [Fact]
    public async Task Endpoints_come_from_the_environment()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        await using PublishFixture storage = await PublishFixture.StartAsync();
        storage.Aws.S3.AddBucket("layers", "eu-west-1");
        BuiltLayer layer = fixture.Layer();
        fixture.Aws.S3.AddBucket("layers", "eu-west-1").Objects[LayerContent.Key("", layer)] = new FakeObject("eu-west-1", await File.ReadAllBytesAsync(layer.ZipPath), "null");
        Environment(new() { ["AWS_ENDPOINT_URL_LAMBDA"] = fixture.Aws.Url, ["AWS_ENDPOINT_URL"] = storage.Aws.Url });
        using PublishLambdaLayers task = NewTask(fixture, Item(layer));
        task.EndpointUrl = "";
        task.Regions = ["eu-west-1"];
        task.S3Bucket = "layers";

        Assert.True(task.Execute(), _engine.Text);

        Assert.All(storage.Aws.Requests, r => Assert.Contains("/layers/requests-layer/", r, StringComparison.Ordinal));
        Assert.NotEmpty(storage.Aws.Requests);
        Assert.Equal(1, fixture.Aws.Lambda.EverMade("eu-west-1", "requests-layer"));
    }

    [Fact]
    public async Task A_profile_gives_credentials_and_region_and_a_later_build_sees_its_changes()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        string credentials = $"[prod]\naws_access_key_id = {SignatureCheck.AccessKey}\naws_secret_access_key = {SignatureCheck.SecretKey}\n";
        AwsEnvironment.Set([], "[profile prod]\nregion = us-gov-west-1\n", credentials);
        using (PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer())))
        {
            task.Profile = "prod";
            Assert.True(task.Execute(), _engine.Text);
            Assert.Equal("us-gov-west-1", Assert.Single(task.PublishedLayers).GetMetadata("Region"));
        }

        AwsEnvironment.Set([], "[profile prod]\nregion = cn-north-1\n", credentials);
        using (PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer())))
        {
            task.Profile = "prod";
            Assert.True(task.Execute(), _engine.Text);
            Assert.Equal("cn-north-1", Assert.Single(task.PublishedLayers).GetMetadata("Region"));
        }

        AwsEnvironment.Set(new() { ["AWS_PROFILE"] = "prod" }, "[profile prod]\nregion = cn-north-1\n", credentials);
        using (PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer())))
        {
            Assert.True(task.Execute(), _engine.Text);
            Assert.Equal("cn-north-1", Assert.Single(task.PublishedLayers).GetMetadata("Region"));
        }
    }

    [Fact]
    public async Task Without_credentials_it_is_LB5001_and_nothing_is_sent()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        AwsEnvironment.Set([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
        task.Regions = ["eu-west-1"];

        Assert.False(task.Execute());

        Assert.StartsWith("LB5001 No AWS credentials were found", Assert.Single(_engine.Errors), StringComparison.Ordinal);
        Assert.Empty(fixture.Aws.Requests);
    }

    [Fact]
    public async Task Without_a_region_it_is_LB5001()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));

        Assert.False(task.Execute());

        Assert.StartsWith("LB5001 No AWS region is set", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_is_not_there_is_LB5001()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
        task.Profile = "prod";
        task.Regions = ["eu-west-1"];

        Assert.False(task.Execute());

        Assert.StartsWith("LB5001 There is no AWS profile 'prod'", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_moved_since_the_process_first_read_them_are_refused()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        using var other = new TemporaryDirectory();
        Environment(new() { ["AWS_CONFIG_FILE"] = other.Write("config", "[default]\nregion = eu-west-1\n") });
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));

        Assert.False(task.Execute());

        Assert.Contains("dotnet build-server shutdown", Assert.Single(_engine.Errors), StringComparison.Ordinal);
        Assert.Empty(fixture.Aws.Requests);
    }

    [Fact]
    public async Task An_sso_profile_without_a_session_says_how_to_sign_in()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        AwsEnvironment.Set(
            [],
            "[profile prod]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = admin\n" +
            "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\nsso_registration_scopes = sso:account:access\n");
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
        task.Profile = "prod";

        Assert.False(task.Execute());

        Assert.Contains("aws sso login --profile prod", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_sso_session_gives_credentials()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        using var home = new TemporaryDirectory();
        string? before = System.Environment.GetEnvironmentVariable("HOME");
        System.Environment.SetEnvironmentVariable("HOME", home.Path);
        try
        {
            string token = Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData("corp"u8));
            home.Write($".aws/sso/cache/{token}.json", """{"startUrl":"https://corp.awsapps.com/start","region":"eu-west-1","accessToken":"sso-token","expiresAt":"2099-01-01T00:00:00Z"}""");
            AwsEnvironment.Set(
                new() { ["AWS_ENDPOINT_URL_SSO"] = fixture.Aws.Url },
                "[profile prod]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = admin\n" +
                "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\nsso_registration_scopes = sso:account:access\n");
            using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
            task.Profile = "prod";

            Assert.True(task.Execute(), _engine.Text);
        }
        finally
        {
            System.Environment.SetEnvironmentVariable("HOME", before);
        }
    }

    [Theory]
    [InlineData("ci-job", true)]
    [InlineData("x", false)]
    public async Task A_web_identity_gives_credentials_or_says_why_not(string session, bool good)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        using var folder = new TemporaryDirectory();
        AwsEnvironment.Set(new()
        {
            ["AWS_ENDPOINT_URL_STS"] = fixture.Aws.Url,
            ["AWS_REGION"] = "eu-west-1",
            ["AWS_WEB_IDENTITY_TOKEN_FILE"] = folder.Write("token", "very-secret-token"),
            ["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/publisher",
            ["AWS_ROLE_SESSION_NAME"] = session,
        });
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));

        Assert.Equal(good, task.Execute());

        Assert.DoesNotContain("very-secret-token", _engine.Text, StringComparison.Ordinal);
        if (good)
        {
            Assert.Contains("publisher", Assert.Single(fixture.Aws.AssumedRoles), StringComparison.Ordinal);
        }
        else
        {
            Assert.Matches("LB5001 No AWS credentials were found .*instance \\(.*roleSessionName.*\\)\\. Set LambdaLayerProfile", Assert.Single(_engine.Errors));
        }
    }

    [Fact]
    public async Task A_role_is_assumed_with_its_source_profile()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        AwsEnvironment.Set(
            new() { ["AWS_ENDPOINT_URL_STS"] = fixture.Aws.Url },
            $"[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base-secret\n" +
            "[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/publisher\nsource_profile = base\nexternal_id = ext-1\n");
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
        task.Profile = "prod";

        Assert.True(task.Execute(), _engine.Text);

        string assumed = Assert.Single(fixture.Aws.AssumedRoles);
        Assert.Contains("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpublisher", assumed, StringComparison.Ordinal);
        Assert.Contains("ExternalId=ext-1", assumed, StringComparison.Ordinal);
        Assert.Contains("AKIDBASE", assumed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_copy_of_the_sdk_in_the_process_assumes_roles_too()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        AwsEnvironment.Set(
            new() { ["AWS_ENDPOINT_URL_STS"] = fixture.Aws.Url },
            "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base-secret\n" +
            "[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/publisher\nsource_profile = base\n");
        TaskItem item = Item(fixture.Layer());
        for (int copy = 1; copy <= 2; copy++)
        {
            // As MSBuild loads tasks of two packages that both carry the SDK.
            var context = new TaskContext();
            Type type = context.LoadFromAssemblyPath(typeof(PublishLambdaLayers).Assembly.Location).GetType(typeof(PublishLambdaLayers).FullName!)!;
            object task = Activator.CreateInstance(type)!;
            Set("BuildEngine", _engine);
            Set("Archives", new ITaskItem[] { item });
            Set("ProjectDirectory", Path.GetTempPath());
            Set("PublishedFile", fixture.PublishedPath);
            Set("EndpointUrl", fixture.Aws.Url);
            Set("Profile", "prod");

            Assert.True(((ITask)task).Execute(), _engine.Text);
            Assert.Contains(context.Assemblies, a => a.GetName().Name == "AWSSDK.Core");

            void Set(string property, object value) => type.GetProperty(property)!.SetValue(task, value);
        }

        Assert.Equal(2, fixture.Aws.AssumedRoles.Count);
        Assert.Equal(1, fixture.Aws.Lambda.EverMade("eu-west-1", "requests-layer"));
    }

    [Fact]
    public async Task Without_layers_no_aws_code_is_loaded()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        var context = new TaskContext();
        Type type = context.LoadFromAssemblyPath(typeof(PublishLambdaLayers).Assembly.Location).GetType(typeof(PublishLambdaLayers).FullName!)!;
        object task = Activator.CreateInstance(type)!;
        type.GetProperty("BuildEngine")!.SetValue(task, _engine);
        type.GetProperty("ProjectDirectory")!.SetValue(task, Path.GetTempPath());

        Assert.True(((ITask)task).Execute(), _engine.Text);

        Assert.DoesNotContain(context.Assemblies, a => a.GetName().Name!.StartsWith("AWSSDK", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ShareWith", "*", "LB5003")]
    [InlineData("ShareWith", "somebody", "LB5008")]
    public async Task Sharing_that_is_not_allowed_stops_before_anything_is_sent(string name, string value, string code)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer(), (name, value)));
        task.Regions = ["eu-west-1"];

        Assert.False(task.Execute());

        Assert.StartsWith(code, Assert.Single(_engine.Errors), StringComparison.Ordinal);
        Assert.Empty(fixture.Aws.Requests);
    }

    [Fact]
    public async Task The_public_is_allowed_by_a_second_word()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer(), ("ShareWith", "*"), ("AllowPublic", "True")));
        task.Regions = ["eu-west-1"];

        Assert.True(task.Execute(), _engine.Text);

        Assert.Equal(["layerbuild-public"], fixture.Aws.Lambda.Versions("eu-west-1", "requests-layer")[0].Statements.Keys);
    }

    [Theory]
    [InlineData("KeepVersions", "0")]
    [InlineData("KeepVersions", "many")]
    [InlineData("EndpointUrl", "localhost:4566")]
    [InlineData("EndpointUrl", "http://user:password@localhost:4566")]
    [InlineData("S3ObjectStorageMode", "COPY")]
    public async Task A_property_that_is_not_valid_is_LB5011(string property, string value)
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, Item(fixture.Layer()));
        task.Regions = ["eu-west-1"];
        typeof(PublishLambdaLayers).GetProperty(property)!.SetValue(task, value);

        Assert.False(task.Execute());

        string error = Assert.Single(_engine.Errors);
        Assert.StartsWith("LB5011", error, StringComparison.Ordinal);
        Assert.DoesNotContain("password@", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_without_a_manifest_is_LB5009()
    {
        await using PublishFixture fixture = await PublishFixture.StartAsync();
        Environment([]);
        using PublishLambdaLayers task = NewTask(fixture, new TaskItem(fixture.Layer().ZipPath));

        Assert.False(task.Execute());

        Assert.StartsWith("LB5009", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    private static void Environment(Dictionary<string, string> more) => AwsEnvironment.Set(new(more)
    {
        ["AWS_ACCESS_KEY_ID"] = SignatureCheck.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = SignatureCheck.SecretKey,
    });

    private static TaskItem Item(BuiltLayer layer, params (string Name, string Value)[] metadata)
    {
        File.WriteAllBytes(Path.ChangeExtension(layer.ZipPath, ".layer.json"), layer.Manifest.ToJson());
        var item = new TaskItem(layer.ZipPath);
        foreach ((string name, string value) in metadata)
        {
            item.SetMetadata(name, value);
        }

        return item;
    }

    private PublishLambdaLayers NewTask(PublishFixture fixture, TaskItem layer) => new()
    {
        BuildEngine = _engine,
        Archives = [layer],
        ProjectDirectory = Path.GetTempPath(),
        PublishedFile = fixture.PublishedPath,
        EndpointUrl = fixture.Aws.Url,
    };

    /// <summary>Everything beside the tasks is its own; MSBuild is the process's.</summary>
    private sealed class TaskContext() : System.Runtime.Loader.AssemblyLoadContext("tasks")
    {
        protected override System.Reflection.Assembly? Load(System.Reflection.AssemblyName assemblyName)
        {
            string path = Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll");
            return !assemblyName.Name!.StartsWith("Microsoft.Build", StringComparison.Ordinal) && File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
