using System.Net;
using LayerBuild.Aws;
using LayerBuild.Diagnostics;

namespace LayerBuild.Publish;

public class AwsDiagnosticsTests
{
    [Fact]
    public void A_refusal_names_operation_region_code_message_and_request()
    {
        Diagnostic diagnostic = Of(400, "InvalidParameterValueException", "The layer name is wrong.");

        Assert.Equal("LB5002", diagnostic.Code);
        Assert.StartsWith(
            "PublishLayerVersion of requests-layer in cn-north-1 was refused: InvalidParameterValueException: The layer name is wrong (request r-1).",
            diagnostic.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: lambda:PublishLayerVersion on resource: arn:aws:lambda:eu-west-1:123456789012:layer:x because no identity-based policy allows it", "The credentials need lambda:PublishLayerVersion on arn:aws:lambda:eu-west-1:123456789012:layer:x.")]
    [InlineData(403, "AccessDeniedException", "", "The credentials need lambda:PublishLayerVersion.")]
    [InlineData(403, "ExpiredTokenException", "The security token included in the request is expired", "aws sso login")]
    [InlineData(403, "UnrecognizedClientException", "The security token included in the request is invalid.", "partition")]
    [InlineData(400, "CodeStorageExceededException", "Code storage limit exceeded.", "LambdaLayerKeepVersions")]
    [InlineData(413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes", "LambdaLayerS3Bucket")]
    [InlineData(400, "InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes", "Slim")]
    [InlineData(400, "PolicyLengthExceededException", "The resource policy is too large", "organization")]
    [InlineData(404, "NoSuchBucket", "The specified bucket does not exist", "Create the bucket")]
    public void The_usual_refusals_say_what_to_do(int status, string code, string message, string advice) =>
        Assert.Contains(advice, Of(status, code, message).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Assembly AWSSDK.SSO could not be found", "prod", "aws sso login --profile prod")]
    [InlineData("Profile x is an SSO profile. This type of profile is not allowed here.", null, "Run 'aws sso login'")]
    public void A_missing_sso_session_says_how_to_sign_in(string message, string? profile, string advice)
    {
        var e = new AwsException(AwsFailure.NoCredentials, new AwsOperation("ListLayerVersions", "x", "eu-west-1"), message, new Amazon.Runtime.AmazonClientException(message));

        Diagnostic diagnostic = AwsDiagnostics.Of(e, profile);

        Assert.Equal("LB5001", diagnostic.Code);
        Assert.Contains(advice, diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_that_another_account_does_not_share_is_said_to_be_one()
    {
        string message = AwsDiagnostics.Of(
            Refused("UpdateFunctionConfiguration", 403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:eu-west-1:222222222222:layer:fonts:3 because no resource-based policy allows the lambda:GetLayerVersion action"),
            null).Message;

        Assert.EndsWith(
            "The credentials need lambda:GetLayerVersion on arn:aws:lambda:eu-west-1:222222222222:layer:fonts:3. A layer of another account must also be shared with this account, and be in the function's region.",
            message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket", "Create the bucket, or correct LambdaLayerRemoteCache.")]
    [InlineData(403, "AccessDenied", "The credentials need s3:GetObject.")]
    [InlineData(400, "SomethingElse", "(request r-1).")]
    public void Of_the_remote_cache_it_says_what_to_do_there(int status, string code, string end)
    {
        string message = AwsDiagnostics.OfCache(Refused("GetObject", status, code, "No.", "s3"), null);

        Assert.EndsWith(end, message, StringComparison.Ordinal);
        Assert.DoesNotContain("publish", message, StringComparison.Ordinal);
    }

    private static Diagnostic Of(int status, string code, string message) => AwsDiagnostics.Of(Refused("PublishLayerVersion", status, code, message), null);

    private static AwsException Refused(string operation, int status, string code, string message, string service = "lambda") => new(
        AwsFailure.Refused,
        new AwsOperation(operation, "requests-layer", "cn-north-1") { Service = service },
        message,
        new AwsServiceException(message, null, code, "r-1", (HttpStatusCode)status))
    {
        Code = code,
        RequestId = "r-1",
        Status = (HttpStatusCode)status,
    };
}
