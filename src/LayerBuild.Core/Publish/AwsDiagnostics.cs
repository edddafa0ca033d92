using LayerBuild.Aws;
using LayerBuild.Diagnostics;

namespace LayerBuild.Publish;

/// <summary>Turns a failed request into what a user is told: what was asked, what AWS said, what to do.</summary>
internal static class AwsDiagnostics
{
    public static Diagnostic Of(AwsException e, string? profile)
    {
        if (e.Failure == AwsFailure.NoCredentials)
        {
            return Diagnostic.Error("LB5001", AwsCredentials.Explain(e.InnerException!, profile));
        }

        return Diagnostic.Error("LB5002", $"{Describe(e)} {Advice(e)}".TrimEnd());
    }

    /// <summary>The same of a request to the remote cache, as words for a warning.</summary>
    public static string OfCache(AwsException e, string? profile) => e switch
    {
        { Failure: AwsFailure.NoCredentials } => AwsCredentials.Explain(e.InnerException!, profile),
        { Failure: AwsFailure.Unknown or AwsFailure.Throttled } => Describe(e),
        { Code: "NoSuchBucket" } => $"{Describe(e)} Create the bucket, or correct LambdaLayerRemoteCache.",
        _ => $"{Describe(e)} {Advice(e)}".TrimEnd(),
    };

    private static string Describe(AwsException e)
    {
        AwsOperation operation = e.Operation;
        string what = $"{operation.Name} of {operation.Subject} in {operation.Region}";
        string request = e.RequestId is null ? "" : $" (request {e.RequestId})";
        string code = e.Code is null ? "" : e.Code + ": ";
        string said = $"{code}{e.Message.TrimEnd('.')}{request}.";
        return e.Failure switch
        {
            AwsFailure.NotSent => $"{what} could not be sent: {said}",
            AwsFailure.Unknown => $"{what} got no clear answer: {said}",
            AwsFailure.Throttled => $"{what} was throttled too often: {said}",
            _ => $"{what} was refused: {said}",
        };
    }

    private static string Advice(AwsException e)
    {
        const string again = "Publish again: what is done already is not done twice.";
        return e switch
        {
            { Failure: AwsFailure.NotSent } => "Check the network, the proxy, the region's name and LambdaLayerEndpointUrl.",
            { Failure: AwsFailure.Unknown or AwsFailure.Throttled } => again,
            { Code: "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" } =>
                "The credentials have expired: sign in again ('aws sso login' for SSO profiles).",
            { Code: "UnrecognizedClientException" or "InvalidClientTokenId" or "InvalidAccessKeyId" or "InvalidSignatureException" or "SignatureDoesNotMatch" or "MissingAuthenticationTokenException" } =>
                "The credentials are not valid here: check the profile, and that it belongs to the partition of the region " +
                "(China and GovCloud have accounts of their own).",
            { Code: "AccessDeniedException" or "AccessDenied" } => Denied(e),
            { Code: "RequestEntityTooLargeException" } or { Status: System.Net.HttpStatusCode.RequestEntityTooLarge } =>
                "The zip is too large to send directly: set LambdaLayerS3Bucket.",
            { Code: "CodeStorageExceededException" } =>
                "The account's code storage in this region is full: delete versions that nobody uses (LambdaLayerKeepVersions), " +
                "or let Lambda refer to the bucket (LambdaLayerS3ObjectStorageMode=REFERENCE).",
            { Code: "PolicyLengthExceededException" } =>
                "The version is shared with too many accounts: share it with an organization (o-...) instead.",
            { Code: "InvalidParameterValueException" } when e.Message.Contains("nzipped size", StringComparison.Ordinal) =>
                "A layer must stay below 262144000 bytes unzipped: drop packages, or set Slim=\"true\".",
            { Code: "NoSuchBucket" } => "Create the bucket, or correct LambdaLayerS3Bucket.",
            { BucketRegion: { } region } => $"The bucket is in {region}; Lambda reads a zip only from a bucket in its own region: use {{region}} in LambdaLayerS3Bucket.",
            _ => "",
        };
    }

    /// <summary>"User: arn is not authorized to perform: ACTION on resource: ARN because ...".</summary>
    private static string Denied(AwsException e)
    {
        string action = After(e.Message, "not authorized to perform: ") ?? $"{e.Operation.Service}:{IamAction(e.Operation)}";
        string resource = After(e.Message, "on resource: ") is { } named ? $" on {named}" : "";
        // Attaching asks for the layer in the caller's name; it may be another account's.
        string shared = action == "lambda:GetLayerVersion" && e.Operation.Name == "UpdateFunctionConfiguration"
            ? " A layer of another account must also be shared with this account, and be in the function's region."
            : "";
        return $"The credentials need {action}{resource}.{shared}";
    }

    private static string IamAction(AwsOperation operation) => operation.Name switch
    {
        "GetLayerVersionByArn" => "GetLayerVersion",
        "HeadObject" => "GetObject",
        "CreateMultipartUpload" or "UploadPart" or "CompleteMultipartUpload" => "PutObject",
        _ => operation.Name,
    };

    /// <summary>The word behind <paramref name="words"/>.</summary>
    private static string? After(string text, string words)
    {
        int start = text.IndexOf(words, StringComparison.Ordinal);
        return start < 0 ? null : text[(start + words.Length)..].Split(' ', 2)[0].TrimEnd('.', '"', '\'');
    }
}
