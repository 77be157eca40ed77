using System.Text;
using Edge.Cameras;
using Edge.Mqtt;
using Edge.Tests.Plant;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>The parsers of what comes in: every wrong thing gets an error that names the field.</summary>
public sealed class RequestTests
{
    private static readonly DateTime Now = new(2026, 11, 22, 14, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void ReadsAWholeRequest()
    {
        var request = TaskRequest.Parse(
            """
            {"headerId":7,"timestamp":"2026-11-22T13:59:59.500Z","version":"1.0.0","taskId":"a-1","clientId":"me","instruction":"put the red cube on the blue area",
             "language":"en","deadline":"2026-11-22T15:00:00+01:00","mode":"execute","priority":3,"constraints":{},"confirm":"none","expects":{"x":[1,{"y":2}],"sessionId":"s1"},
             "responseTopic":"r","correlationId":"c","unknown":{"deep":[1,2,{"a":null}]}}
            """u8,
            out var error);
        Assert.Null(error);
        Assert.Equal("a-1", request.TaskId);
        Assert.Equal("me", request.Header.ClientId);
        Assert.Equal("put the red cube on the blue area", request.Instruction);
        Assert.Equal("s1", request.SessionId);
        Assert.Equal("r", request.Header.ResponseTopic);
        Assert.Equal("c", request.Header.CorrelationId);
        Assert.Equal(Now, request.Deadline);
        Assert.Equal(Now.AddSeconds(-0.5), request.Header.Timestamp);
    }

    [Theory]
    [InlineData("", "", "no JSON")]
    [InlineData("[]", "", "no JSON object")]
    [InlineData("7", "", "no JSON object")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\"", "", "no JSON")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\"} x", "", "no JSON")]
    [InlineData("{\"instruction\":\"b\"}", "taskId", "is missing")]
    [InlineData("{\"taskId\":\"a\"}", "instruction", "is missing")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":null}", "instruction", "is missing")]
    [InlineData("{\"taskId\":5,\"instruction\":\"b\"}", "taskId", "found number 5, allowed: a text")]
    [InlineData("{\"taskId\":\"a/b\",\"instruction\":\"b\"}", "taskId", "found \"a/b\", allowed: 1..64 of A-Z")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"  \"}", "instruction", "empty")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":[\"b\"]}", "instruction", "found a list")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\\u0007\"}", "instruction", "U+0007")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"\\ud800\"}", "instruction", "broken UTF-8")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"picture\":\"?\"}", "picture", "allowed: base64")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"picture\":[1]}", "picture", "found a list, allowed: base64")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"timestamp\":\"noon\"}", "timestamp", "found \"noon\"")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"timestamp\":{\"a\":1}}", "timestamp", "found an object")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"mode\":\"plan\"}", "mode", "allowed: execute")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"language\":\"de\"}", "language", "found \"de\", allowed: en")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"confirm\":\"beforeMotion\"}", "confirm", "allowed: none")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"constraints\":{\"speedScale\":0.5}}", "constraints", "not supported")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"expects\":{\"sessionId\":5}}", "expects.sessionId", "found number 5")]
    [InlineData("{\"taskId\":\"a\",\"instruction\":\"b\",\"expects\":true}", "expects", "found a truth value")]
    public void NamesWhatIsWrong(string payload, string field, string description)
    {
        _ = TaskRequest.Parse(Encoding.UTF8.GetBytes(payload), out var error);
        Assert.NotNull(error);
        Assert.Equal(RequestError.ValidationFailure, error.Code);
        Assert.Equal(field, error.Field);
        Assert.Contains(description, error.Description, StringComparison.Ordinal);
        Assert.Contains(field, error.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void APictureIsOneOfTheCamera()
    {
        var robot = TestRobot.Load();
        var camera = robot.Cameras[0];
        Assert.NotNull(Decode(Jpeg(camera.WidthPx, camera.HeightPx), out var error));
        Assert.Null(error);
        Assert.Null(Decode(Jpeg(camera.WidthPx / 2, camera.HeightPx), out error));
        Assert.Equal("picture", error!.Field);
        Assert.Contains($"{camera.WidthPx} x {camera.HeightPx}", error.Description, StringComparison.Ordinal);
        Assert.Null(Decode([1, 2, 3], out error));
        Assert.Equal("picture", error!.Field);
        Assert.Null(Decode(new byte[TaskRequest.MaxPictureBytes + 1], out error));
        Assert.Contains($"allowed: base64 of 1..{TaskRequest.MaxPictureBytes} bytes", error!.Description, StringComparison.Ordinal);
        Assert.NotEqual(Parse([1], out _).Fingerprint, Parse([2], out _).Fingerprint);

        static TaskRequest Parse(byte[] picture, out RequestError? error) =>
            TaskRequest.Parse(Encoding.UTF8.GetBytes($$"""{"taskId":"a","instruction":"b","picture":"{{Convert.ToBase64String(picture)}}"}"""), out error);

        CameraFrame? Decode(byte[] picture, out RequestError? error) => Parse(picture, out error).DecodePicture(robot, ref error);

        static byte[] Jpeg(int widthPx, int heightPx)
        {
            var jpeg = new byte[100_000];
            return jpeg[..ImageOps.EncodeJpeg(new byte[3 * widthPx * heightPx], widthPx, heightPx, 90, jpeg)];
        }
    }

    [Fact]
    public void TheFirstErrorCountsAndTheRestIsStillRead()
    {
        var request = TaskRequest.Parse("""{"instruction":5,"constraints":{"a":{"b":1}},"clientId":"me","taskId":"a"}"""u8, out var error);
        Assert.Equal("instruction", error!.Field);
        Assert.Equal("a", request.TaskId);
        Assert.Equal("me", request.Header.ClientId);
    }

    [Fact]
    public void InstructionsHaveALimitInBytes()
    {
        Assert.Null(ErrorOf(new string('x', 2048)));
        Assert.Equal("instruction", ErrorOf(new string('x', 2049))!.Field);
        Assert.Equal("instruction", ErrorOf(new string('é', 1025))!.Field);
        Assert.Contains("allowed are 63488", ErrorOf(new string('x', 64_000))!.Description, StringComparison.Ordinal);

        static RequestError? ErrorOf(string instruction)
        {
            _ = TaskRequest.Parse(Encoding.UTF8.GetBytes($$"""{"taskId":"a","instruction":"{{instruction}}"}"""), out var error);
            return error;
        }
    }

    [Fact]
    public void DepthHasALimit()
    {
        var deep = new string('[', 50) + new string(']', 50);
        _ = TaskRequest.Parse(Encoding.UTF8.GetBytes($$"""{"taskId":"a","instruction":"b","x":{{deep}}}"""), out var error);
        Assert.NotNull(error);
    }

    [Fact]
    public void AnyBytesGiveARequestOrAnError()
    {
        var whole = """{"taskId":"a","instruction":"b","expects":{"sessionId":"s"},"constraints":{"a":[1]},"timestamp":"2026-11-22T14:00:00Z"}"""u8.ToArray();
        Prop.ForAll<byte[]>(Check).QuickCheckThrowOnFailure();
        Prop.ForAll<int, byte>((position, value) =>
        {
            var bytes = whole.ToArray();
            bytes[(position & int.MaxValue) % bytes.Length] = value;
            Check(bytes);
            Check(whole[..((position & int.MaxValue) % whole.Length)]);
        }).QuickCheckThrowOnFailure();

        static void Check(byte[] bytes)
        {
            var request = TaskRequest.Parse(bytes, out var error);
            Assert.True(error is not null || (request.TaskId is not null && request.Instruction is not null));
            _ = InstantRequest.Parse(bytes, out _);
        }
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(-29, null)]
    [InlineData(-31, "timestamp")]
    [InlineData(31, "timestamp")]
    public void AnOldRequestIsStale(int seconds, string? field)
    {
        var request = new TaskRequest { Header = new() { Timestamp = Now.AddSeconds(seconds) } };
        Assert.Equal(field, request.CheckFresh(Now, "s")?.Field);
    }

    [Fact]
    public void ADeadlineAndAnotherSessionAreStaleToo()
    {
        Assert.Equal("deadline", new TaskRequest { Deadline = Now.AddSeconds(-1) }.CheckFresh(Now, "s")?.Field);
        Assert.Null(new TaskRequest { Deadline = Now.AddSeconds(1) }.CheckFresh(Now, "s"));
        Assert.Equal("expects.sessionId", new TaskRequest { SessionId = "t" }.CheckFresh(Now, "s")?.Field);
        Assert.Null(new TaskRequest { SessionId = "s" }.CheckFresh(Now, "s"));
    }

    [Fact]
    public void AnOldStopStillStops()
    {
        Assert.NotNull(new InstantRequest { Kind = RobotCommandKind.Resume, Header = new() { Timestamp = Now.AddSeconds(-6) } }.CheckFresh(Now));
        Assert.Null(new InstantRequest { Kind = RobotCommandKind.Stop, Header = new() { Timestamp = Now.AddSeconds(-6000) } }.CheckFresh(Now));
    }

    [Theory]
    [InlineData("{}", "actionType")]
    [InlineData("{\"actionType\":\"jump\"}", "actionType")]
    [InlineData("{\"actionType\":7}", "actionType")]
    [InlineData("{\"actionType\":\"stop\",\"actionId\":\"a b\"}", "actionId")]
    [InlineData("{\"actionType\":null,\"timestamp\":\"2026-11-22T14:00:00Z\"}", "actionType")]
    [InlineData("{\"actionType\":\"arm\"}", "timestamp")]
    public void InstantsNameWhatIsWrong(string payload, string field)
    {
        var request = InstantRequest.Parse(Encoding.UTF8.GetBytes(payload), out var error);
        Assert.Equal(field, error!.Field);
        Assert.True(request.Kind is null or RobotCommandKind.Stop || field == "timestamp"); // nothing that could not be read becomes an action
    }
}
