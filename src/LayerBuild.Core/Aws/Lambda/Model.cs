using LayerBuild.Lambda;

namespace LayerBuild.Aws.Lambda;

// Names, members and nullability follow AWSSDK.Lambda 4: a list that was not in the answer is null.

internal sealed class LayerVersionContentInput
{
    public string? S3Bucket { get; set; }

    public string? S3Key { get; set; }

    public string? S3ObjectVersion { get; set; }

    /// <summary><c>COPY</c> or <c>REFERENCE</c>; null leaves it to Lambda (COPY).</summary>
    public string? S3ObjectStorageMode { get; set; }

    public MemoryStream? ZipFile { get; set; }
}

internal sealed class LayerVersionContentOutput
{
    /// <summary>Base64 of the SHA-256 of the zip.</summary>
    public string? CodeSha256 { get; set; }

    /// <summary>Bytes of the zip.</summary>
    public long? CodeSize { get; set; }

    /// <summary>Presigned address of the zip, good for ten minutes.</summary>
    public string? Location { get; set; }
}

internal sealed class PublishLayerVersionRequest
{
    public string? LayerName { get; set; }

    public LayerVersionContentInput? Content { get; set; }

    public string? Description { get; set; }

    public string? LicenseInfo { get; set; }

    public List<string>? CompatibleRuntimes { get; set; }

    public List<string>? CompatibleArchitectures { get; set; }
}

internal class LayerVersionDescription
{
    public string? LayerVersionArn { get; set; }

    public long? Version { get; set; }

    public string? Description { get; set; }

    public string? LicenseInfo { get; set; }

    public string? CreatedDate { get; set; }

    public List<string>? CompatibleRuntimes { get; set; }

    public List<string>? CompatibleArchitectures { get; set; }
}

internal class GetLayerVersionResponse : LayerVersionDescription
{
    public string? LayerArn { get; set; }

    public LayerVersionContentOutput? Content { get; set; }
}

internal sealed class PublishLayerVersionResponse : GetLayerVersionResponse;

internal sealed class LayerVersionsListItem : LayerVersionDescription;

internal sealed class LayersListItem
{
    public string? LayerName { get; set; }

    public string? LayerArn { get; set; }

    public LayerVersionsListItem? LatestMatchingVersion { get; set; }
}

internal sealed class ListLayersRequest
{
    public string? Marker { get; set; }

    public int? MaxItems { get; set; }

    public string? CompatibleRuntime { get; set; }

    public string? CompatibleArchitecture { get; set; }
}

internal sealed class ListLayersResponse
{
    public List<LayersListItem>? Layers { get; set; }

    public string? NextMarker { get; set; }
}

internal sealed class ListLayerVersionsRequest
{
    public string? LayerName { get; set; }

    public string? Marker { get; set; }

    public int? MaxItems { get; set; }

    public string? CompatibleRuntime { get; set; }

    public string? CompatibleArchitecture { get; set; }
}

internal sealed class ListLayerVersionsResponse
{
    public List<LayerVersionsListItem>? LayerVersions { get; set; }

    public string? NextMarker { get; set; }
}

internal sealed class GetLayerVersionRequest
{
    public string? LayerName { get; set; }

    public long? VersionNumber { get; set; }
}

internal sealed class GetLayerVersionByArnRequest
{
    public string? Arn { get; set; }
}

internal sealed class DeleteLayerVersionRequest
{
    public string? LayerName { get; set; }

    public long? VersionNumber { get; set; }
}

internal sealed class DeleteLayerVersionResponse;

internal sealed class AddLayerVersionPermissionRequest
{
    public string? LayerName { get; set; }

    public long? VersionNumber { get; set; }

    public string? StatementId { get; set; }

    /// <summary><c>lambda:GetLayerVersion</c>: there is no other.</summary>
    public string? Action { get; set; }

    public string? Principal { get; set; }

    public string? OrganizationId { get; set; }

    public string? RevisionId { get; set; }
}

internal sealed class AddLayerVersionPermissionResponse
{
    /// <summary>The statement as JSON.</summary>
    public string? Statement { get; set; }

    public string? RevisionId { get; set; }
}

internal sealed class RemoveLayerVersionPermissionRequest
{
    public string? LayerName { get; set; }

    public long? VersionNumber { get; set; }

    public string? StatementId { get; set; }

    public string? RevisionId { get; set; }
}

internal sealed class RemoveLayerVersionPermissionResponse;

internal sealed class GetLayerVersionPolicyRequest
{
    public string? LayerName { get; set; }

    public long? VersionNumber { get; set; }
}

internal sealed class GetLayerVersionPolicyResponse
{
    /// <summary>The policy document as JSON.</summary>
    public string? Policy { get; set; }

    public string? RevisionId { get; set; }
}

internal sealed class Layer
{
    /// <summary>ARN of the layer version.</summary>
    public string? Arn { get; set; }

    /// <summary>Bytes of the zip.</summary>
    public long? CodeSize { get; set; }
}

internal sealed class FunctionConfiguration
{
    public string? FunctionName { get; set; }

    public string? FunctionArn { get; set; }

    public string? Runtime { get; set; }

    public List<string>? Architectures { get; set; }

    /// <summary><c>Zip</c> or <c>Image</c>.</summary>
    public string? PackageType { get; set; }

    public List<Layer>? Layers { get; set; }

    public string? RevisionId { get; set; }

    public string? Version { get; set; }

    /// <summary><c>Pending</c>, <c>Active</c>, <c>Inactive</c> or <c>Failed</c>.</summary>
    public string? State { get; set; }

    /// <summary><c>Successful</c>, <c>Failed</c> or <c>InProgress</c>.</summary>
    public string? LastUpdateStatus { get; set; }

    public string? LastUpdateStatusReason { get; set; }
}

internal sealed class GetFunctionRequest
{
    public string? FunctionName { get; set; }

    public string? Qualifier { get; set; }
}

internal sealed class GetFunctionResponse
{
    public FunctionConfiguration? Configuration { get; set; }
}

internal sealed class GetFunctionConfigurationRequest
{
    public string? FunctionName { get; set; }

    public string? Qualifier { get; set; }
}

internal sealed class UpdateFunctionConfigurationRequest
{
    public string? FunctionName { get; set; }

    /// <summary>Version ARNs; replaces the whole list, empty removes all.</summary>
    public List<string>? Layers { get; set; }

    public string? RevisionId { get; set; }
}

internal sealed class ListFunctionsRequest
{
    /// <summary><c>ALL</c> lists published versions too.</summary>
    public string? FunctionVersion { get; set; }

    public string? Marker { get; set; }

    public int? MaxItems { get; set; }
}

internal sealed class ListFunctionsResponse
{
    public List<FunctionConfiguration>? Functions { get; set; }

    public string? NextMarker { get; set; }
}
