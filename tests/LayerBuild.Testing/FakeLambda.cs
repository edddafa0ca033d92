using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Testing;

/// <summary>Lambda's layers and functions of one account in all regions, as its reference describes them.</summary>
internal sealed partial class FakeLambda(FakeS3 s3)
{
    public const string Account = "123456789012";

    private const int DirectLimit = 52_428_800;
    private const int BodyLimit = 70_167_211;

    private readonly Dictionary<(string Region, string Layer), FakeLayer> _layers = [];
    private int _revision;

    public Dictionary<(string Region, string Name), FakeFunction> Functions { get; } = [];

    /// <summary>How often a function answers InProgress after an update.</summary>
    public int UpdateTakes { get; set; } = 2;

    /// <summary>Items in a page; the API's maximum is 50.</summary>
    public int PageSize { get; set; } = 50;

    /// <summary>Bytes of all versions together that the account may have.</summary>
    public long CodeStorage { get; set; } = long.MaxValue;

    /// <summary>Asked at each list of versions: whether it is behind, and lacks the newest.</summary>
    public Func<bool> HideNewest { get; set; } = () => false;

    /// <summary>Versions of a layer that are there, oldest first.</summary>
    public IReadOnlyList<FakeVersion> Versions(string region, string layer) =>
        _layers.TryGetValue((region, layer), out FakeLayer? found) ? [.. found.Versions.Values] : [];

    /// <summary>Number of versions that were ever made of a layer.</summary>
    public long EverMade(string region, string layer) => _layers.TryGetValue((region, layer), out FakeLayer? found) ? found.Last : 0;

    public static string Partition(string region) =>
        region.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn" : region.StartsWith("us-gov-", StringComparison.Ordinal) ? "aws-us-gov" : "aws";

    public static string LayerArn(string region, string layer) => $"arn:{Partition(region)}:lambda:{region}:{Account}:layer:{layer}";

    public FakeFunction AddFunction(string region, string name, params string[] layers)
    {
        var function = new FakeFunction { Layers = [.. layers], Revision = NextRevision() };
        Functions[(region, name)] = function;
        return function;
    }

    public FakeAnswer Answer(FakeRequest request) => (request.Method, request.Path) switch
    {
        ("POST", ["2018-10-31", "layers", var layer, "versions"]) => Publish(request, layer),
        ("GET", ["2018-10-31", "layers"]) when request.Query.GetValueOrDefault("find") == "LayerVersion" => ByArn(request),
        ("GET", ["2018-10-31", "layers"]) => ListLayers(request),
        ("GET", ["2018-10-31", "layers", var layer, "versions"]) => ListVersions(request, layer),
        (_, ["2018-10-31", "layers", var layer, "versions", var version, .. var rest]) => OfVersion(request, layer, long.Parse(version, CultureInfo.InvariantCulture), rest),
        ("GET", ["2015-03-31", "functions"]) => ListFunctions(request),
        (_, ["2015-03-31", "functions", var function, .. var rest]) => OfFunction(request, function, rest),
        _ => FakeAnswer.Error(404, "UnknownOperationException", request.Target),
    };

    private static FakeAnswer Invalid(string message) => FakeAnswer.Error(400, "InvalidParameterValueException", message);

    private static FakeAnswer NotFound(string message = "The resource you requested does not exist.") =>
        FakeAnswer.Error(404, "ResourceNotFoundException", message);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonObject Describe(string region, string layer, FakeVersion version, bool content)
    {
        var json = new JsonObject
        {
            ["LayerVersionArn"] = string.Create(CultureInfo.InvariantCulture, $"{LayerArn(region, layer)}:{version.Number}"),
            ["Version"] = version.Number,
            ["Description"] = version.Description,
            ["CreatedDate"] = "2026-11-22T15:10:45.123+0000",
            ["SomethingNew"] = new JsonObject { ["Deep"] = 1 },
        };
        if (version.Runtimes.Count > 0)
        {
            // The service keeps no order.
            json["CompatibleRuntimes"] = Texts(version.Runtimes.Reverse());
        }

        if (version.Architectures.Count > 0)
        {
            json["CompatibleArchitectures"] = Texts(version.Architectures.Reverse());
        }

        if (version.License is not null)
        {
            json["LicenseInfo"] = version.License;
        }

        if (content)
        {
            json["LayerArn"] = LayerArn(region, layer);
            json["Content"] = new JsonObject
            {
                ["CodeSha256"] = version.CodeSha256,
                ["CodeSize"] = version.Zip.Length,
                ["Location"] = "https://example.invalid/presigned",
            };
        }

        return json;
    }

    private string NextRevision() => string.Create(CultureInfo.InvariantCulture, $"00000000-0000-0000-0000-{++_revision:000000000000}");

    private FakeAnswer Publish(FakeRequest request, string layer)
    {
        if (request.Body.Length > BodyLimit)
        {
            return FakeAnswer.Error(413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes for the PublishLayerVersion operation");
        }

        if (layer.StartsWith("arn:", StringComparison.Ordinal))
        {
            layer = layer.Split(':')[^1];
        }

        JsonNode json = request.Json;
        if (!LayerNames().IsMatch(layer) || layer.Length > 140
            || json["Description"]?.GetValue<string>().Length > 256 || json["LicenseInfo"]?.GetValue<string>().Length > 512
            || json["CompatibleRuntimes"]?.AsArray().Count > 15 || json["CompatibleArchitectures"]?.AsArray().Count > 2)
        {
            return FakeAnswer.Error(400, "ValidationException", "1 validation error detected");
        }

        JsonNode content = json["Content"]!;
        byte[] zip;
        if (content["ZipFile"]?.GetValue<string>() is { } base64)
        {
            zip = Convert.FromBase64String(base64);
            if (zip.Length > DirectLimit)
            {
                return Invalid("The zip is too large.");
            }
        }
        else if (s3.Object(content["S3Bucket"]!.GetValue<string>(), content["S3Key"]!.GetValue<string>()) is { } stored)
        {
            if (stored.Region != request.Region && content["S3ObjectStorageMode"]?.GetValue<string>() != "REFERENCE")
            {
                return Invalid($"Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: {stored.Region}.");
            }

            zip = stored.Bytes;
        }
        else
        {
            return Invalid("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.");
        }

        if (zip.Length < 22)
        {
            return Invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
        }

        if (_layers.Values.SelectMany(l => l.Versions.Values).Sum(v => (long)v.Zip.Length) + zip.Length > CodeStorage)
        {
            return FakeAnswer.Error(400, "CodeStorageExceededException", "Code storage limit exceeded.");
        }

        if (!_layers.TryGetValue((request.Region, layer), out FakeLayer? of))
        {
            of = _layers[(request.Region, layer)] = new FakeLayer();
        }

        var version = new FakeVersion
        {
            Number = ++of.Last,
            Zip = zip,
            CodeSha256 = Convert.ToBase64String(SHA256.HashData(zip)),
            Description = json["Description"]?.GetValue<string>() ?? "",
            License = json["LicenseInfo"]?.GetValue<string>(),
            Runtimes = [.. json["CompatibleRuntimes"]?.AsArray().Select(n => n!.GetValue<string>()) ?? []],
            Architectures = [.. json["CompatibleArchitectures"]?.AsArray().Select(n => n!.GetValue<string>()) ?? []],
            StorageMode = content["S3ObjectStorageMode"]?.GetValue<string>(),
            S3Key = content["S3Key"]?.GetValue<string>(),
            S3ObjectVersion = content["S3ObjectVersion"]?.GetValue<string>(),
        };
        of.Versions[version.Number] = version;
        return FakeAnswer.Json(201, Describe(request.Region, layer, version, content: true));
    }

    private FakeAnswer ByArn(FakeRequest request)
    {
        string[] arn = request.Query["Arn"].Split(':');
        return arn.Length == 8 && _layers.TryGetValue((arn[3], arn[6]), out FakeLayer? layer)
            && layer.Versions.TryGetValue(long.Parse(arn[7], CultureInfo.InvariantCulture), out FakeVersion? version)
                ? FakeAnswer.Json(200, Describe(arn[3], arn[6], version, content: true))
                : NotFound();
    }

    private FakeAnswer ListLayers(FakeRequest request) => Page(
        request,
        "Layers",
        [.. _layers.Where(l => l.Key.Region == request.Region && l.Value.Versions.Count > 0).OrderBy(l => l.Key.Layer, StringComparer.Ordinal).Select(l => new JsonObject
        {
            ["LayerName"] = l.Key.Layer,
            ["LayerArn"] = LayerArn(request.Region, l.Key.Layer),
            ["LatestMatchingVersion"] = Describe(request.Region, l.Key.Layer, l.Value.Versions.Values.Last(), content: false),
        })]);

    private FakeAnswer ListVersions(FakeRequest request, string layer) => Page(
        request,
        "LayerVersions",
        [.. Versions(request.Region, layer).Reverse().Skip(HideNewest() ? 1 : 0).Select(v => Describe(request.Region, layer, v, content: false))]);

    private FakeAnswer Page(FakeRequest request, string member, JsonObject[] all)
    {
        int size = Math.Min(PageSize, int.Parse(request.Query.GetValueOrDefault("MaxItems", "50"), CultureInfo.InvariantCulture));
        if (size is < 1 or > 50)
        {
            return FakeAnswer.Error(400, "ValidationException", "MaxItems");
        }

        int start = int.Parse(request.Query.GetValueOrDefault("Marker", "0"), CultureInfo.InvariantCulture);
        var json = new JsonObject { [member] = new JsonArray([.. all.Skip(start).Take(size)]) };
        if (start + size < all.Length)
        {
            json["NextMarker"] = (start + size).ToString(CultureInfo.InvariantCulture);
        }

        return FakeAnswer.Json(200, json);
    }

    private FakeAnswer OfVersion(FakeRequest request, string layer, long number, string[] rest)
    {
        FakeVersion? version = null;
        bool exists = _layers.TryGetValue((request.Region, layer), out FakeLayer? of) && of.Versions.TryGetValue(number, out version);
        if (request.Method == "DELETE" && rest is [])
        {
            // Deleting what is not there is no error.
            of?.Versions.Remove(number);
            return new FakeAnswer(204, "");
        }

        if (!exists)
        {
            return NotFound();
        }

        string? revision = request.Query.GetValueOrDefault("RevisionId");
        if (revision is not null && revision != version!.PolicyRevision)
        {
            return FakeAnswer.Error(412, "PreconditionFailedException", "The RevisionId provided does not match the latest RevisionId.");
        }

        return (request.Method, rest) switch
        {
            ("GET", []) => FakeAnswer.Json(200, Describe(request.Region, layer, version!, content: true)),
            ("GET", ["policy"]) => GetPolicy(request.Region, version!),
            ("POST", ["policy"]) => AddStatement(request, layer, version!),
            ("DELETE", ["policy", var id]) => RemoveStatement(version!, id),
            _ => FakeAnswer.Error(404, "UnknownOperationException", request.Target),
        };
    }

    private static FakeAnswer GetPolicy(string region, FakeVersion version)
    {
        _ = region;
        return version.Statements.Count == 0
            ? NotFound("No policy is associated with the given resource.")
            : FakeAnswer.Json(200, new JsonObject
            {
                ["Policy"] = new JsonObject
                {
                    ["Version"] = "2012-10-17",
                    ["Id"] = "default",
                    ["Statement"] = new JsonArray([.. version.Statements.Values.Select(s => s.DeepClone())]),
                }.ToJsonString(),
                ["RevisionId"] = version.PolicyRevision,
            });
    }

    private FakeAnswer AddStatement(FakeRequest request, string layer, FakeVersion version)
    {
        JsonNode json = request.Json;
        string id = json["StatementId"]!.GetValue<string>();
        string principal = json["Principal"]!.GetValue<string>();
        string? organization = json["OrganizationId"]?.GetValue<string>();
        if (!LayerNames().IsMatch(id) || id.Length > 100 || json["Action"]!.GetValue<string>() != "lambda:GetLayerVersion"
            || !Principals().IsMatch(principal) || (organization is not null && !Organizations().IsMatch(organization)))
        {
            return FakeAnswer.Error(400, "ValidationException", "1 validation error detected");
        }

        if (version.Statements.ContainsKey(id))
        {
            return FakeAnswer.Error(409, "ResourceConflictException", $"The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing statement.");
        }

        var statement = new JsonObject
        {
            ["Sid"] = id,
            ["Effect"] = "Allow",
            ["Principal"] = principal == "*" ? "*" : new JsonObject { ["AWS"] = principal.Length == 12 ? $"arn:{Partition(request.Region)}:iam::{principal}:root" : principal },
            ["Action"] = "lambda:GetLayerVersion",
            ["Resource"] = string.Create(CultureInfo.InvariantCulture, $"{LayerArn(request.Region, layer)}:{version.Number}"),
        };
        if (organization is not null)
        {
            statement["Condition"] = new JsonObject { ["StringEquals"] = new JsonObject { ["aws:PrincipalOrgID"] = organization } };
        }

        version.Statements[id] = statement;
        version.PolicyRevision = NextRevision();
        return FakeAnswer.Json(201, new JsonObject { ["Statement"] = statement.ToJsonString(), ["RevisionId"] = version.PolicyRevision });
    }

    private FakeAnswer RemoveStatement(FakeVersion version, string id)
    {
        if (!version.Statements.Remove(id))
        {
            return NotFound($"Statement {id} is not found in resource policy.");
        }

        version.PolicyRevision = NextRevision();
        return new FakeAnswer(204, "");
    }

    private FakeAnswer ListFunctions(FakeRequest request) => Page(
        request,
        "Functions",
        [
            .. Functions.Where(f => f.Key.Region == request.Region).SelectMany(f => request.Query.GetValueOrDefault("FunctionVersion") == "ALL"
                ? f.Value.Published.Select((layers, i) => Function(f.Key.Region, f.Key.Name, f.Value, (i + 1).ToString(CultureInfo.InvariantCulture), layers))
                    .Prepend(Function(f.Key.Region, f.Key.Name, f.Value, "$LATEST", f.Value.Layers))
                : [Function(f.Key.Region, f.Key.Name, f.Value, "$LATEST", f.Value.Layers)]),
        ]);

    private static JsonObject Function(string region, string name, FakeFunction function, string version, List<string> layers)
    {
        var json = new JsonObject
        {
            ["FunctionName"] = name,
            ["FunctionArn"] = $"arn:{Partition(region)}:lambda:{region}:{Account}:function:{name}",
            ["PackageType"] = function.Image ? "Image" : "Zip",
            ["Architectures"] = Texts([function.Architecture]),
            ["RevisionId"] = function.Revision,
            ["Version"] = version,
            ["State"] = "Active",
            ["LastUpdateStatus"] = function.Pending > 0 ? "InProgress" : function.FailsWith is null ? "Successful" : "Failed",
        };
        if (!function.Image)
        {
            json["Runtime"] = function.Runtime;
        }

        if (function is { Pending: 0, FailsWith: not null })
        {
            json["LastUpdateStatusReason"] = function.FailsWith;
        }

        if (layers.Count > 0)
        {
            json["Layers"] = new JsonArray([.. layers.Select(l => new JsonObject { ["Arn"] = l, ["CodeSize"] = 1 })]);
        }

        return json;
    }

    private FakeAnswer OfFunction(FakeRequest request, string name, string[] rest)
    {
        if (name.StartsWith("arn:", StringComparison.Ordinal))
        {
            name = name.Split(':')[6];
        }

        if (!Functions.TryGetValue((request.Region, name), out FakeFunction? function))
        {
            return NotFound($"Function not found: arn:aws:lambda:{request.Region}:{Account}:function:{name}");
        }

        if (request.Method == "GET")
        {
            JsonObject now = Function(request.Region, name, function, "$LATEST", function.Layers);
            if (function.Pending > 0 && --function.Pending == 0)
            {
                // The end of an update is a revision of its own.
                function.Revision = NextRevision();
            }

            return FakeAnswer.Json(200, rest is ["configuration"] ? now : new JsonObject { ["Configuration"] = now });
        }

        function.Updates++;
        JsonNode json = request.Json;
        if (function.Pending > 0)
        {
            return FakeAnswer.Error(409, "ResourceConflictException", $"The operation cannot be performed at this time. An update is in progress for resource: {name}");
        }

        if (json["RevisionId"]?.GetValue<string>() is { } revision && revision != function.Revision)
        {
            return FakeAnswer.Error(412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id.");
        }

        List<string> layers = [.. json["Layers"]!.AsArray().Select(n => n!.GetValue<string>())];
        if (layers.Count > 5)
        {
            return Invalid("Cannot reference more than 5 layers.");
        }

        if (layers.GroupBy(l => l[..l.LastIndexOf(':')]).Any(g => g.Count() > 1))
        {
            return Invalid("Two different versions of the same layer are not allowed to be referenced in the same function.");
        }

        foreach (string layer in layers)
        {
            string[] arn = layer.Split(':');
            if (arn[3] != request.Region)
            {
                return FakeAnswer.Error(403, "AccessDeniedException", $"User: arn:aws:iam::{Account}:user/ci is not authorized to perform: lambda:GetLayerVersion on resource: {layer} because no resource-based policy allows the lambda:GetLayerVersion action");
            }

            bool mine = arn[4] == Account;
            if (mine && Versions(arn[3], arn[6]).All(v => v.Number != long.Parse(arn[7], CultureInfo.InvariantCulture)))
            {
                return Invalid($"Layer version {layer} does not exist.");
            }
        }

        function.Layers = layers;
        function.Pending = UpdateTakes;
        function.Revision = NextRevision();
        return FakeAnswer.Json(200, Function(request.Region, name, function, "$LATEST", function.Layers));
    }

    [GeneratedRegex("^[a-zA-Z0-9-_]+$")]
    private static partial Regex LayerNames();

    [GeneratedRegex(@"^(\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root)$")]
    private static partial Regex Principals();

    [GeneratedRegex("^o-[a-z0-9]{10,32}$")]
    private static partial Regex Organizations();
}

internal sealed class FakeLayer
{
    public long Last { get; set; }

    public SortedDictionary<long, FakeVersion> Versions { get; } = [];
}

internal sealed class FakeVersion
{
    public required long Number { get; init; }

    public required byte[] Zip { get; init; }

    public required string CodeSha256 { get; init; }

    public required string Description { get; init; }

    public string? License { get; init; }

    public IReadOnlyList<string> Runtimes { get; init; } = [];

    public IReadOnlyList<string> Architectures { get; init; } = [];

    public string? StorageMode { get; init; }

    public string? S3Key { get; init; }

    public string? S3ObjectVersion { get; init; }

    public SortedDictionary<string, JsonObject> Statements { get; } = [];

    public string PolicyRevision { get; set; } = "none";
}

internal sealed class FakeFunction
{
    public List<string> Layers { get; set; } = [];

    /// <summary>Layers of the published versions.</summary>
    public List<List<string>> Published { get; } = [];

    public string Runtime { get; set; } = "python3.12";

    public string Architecture { get; set; } = "x86_64";

    public bool Image { get; set; }

    public string Revision { get; set; } = "";

    /// <summary>Answers that still say InProgress.</summary>
    public int Pending { get; set; }

    /// <summary>Reason of the failure that updates end in.</summary>
    public string? FailsWith { get; set; }

    /// <summary>Update requests that came.</summary>
    public int Updates { get; set; }
}
