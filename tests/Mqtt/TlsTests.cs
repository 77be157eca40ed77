using System.Diagnostics;
using Edge.Mqtt;
using Edge.Robots;
using Edge.Tests.Drives;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>TLS against mosquitto, with certificates that openssl makes here; mosquitto's access control decides by the certificate's name who may arm.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-tls-").FullName;
    private readonly Broker _broker;

    public TlsTests()
    {
        OpenSsl($"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout {PathOf("ca.key")} -out {PathOf("ca.pem")}");
        OpenSsl($"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=somebody -keyout {PathOf("other.key")} -out {PathOf("other.pem")}");
        Certify("broker", "subjectAltName=IP:127.0.0.1");
        Certify("robot");
        Certify("operator");
        Certify("visitor");
        File.WriteAllText(PathOf("acl"), """
            user robot
            topic readwrite arm/v1/lab/arm1/#
            user operator
            topic readwrite arm/v1/lab/arm1/#
            user visitor
            topic read arm/v1/lab/arm1/#
            """);
        _broker = new Broker($"""
            cafile {PathOf("ca.pem")}
            certfile {PathOf("broker.pem")}
            keyfile {PathOf("broker.key")}
            require_certificate true
            use_identity_as_username true
            acl_file {PathOf("acl")}
            """);
    }

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void TheBrokersAccessControlDecidesWhoArms()
    {
        using var host = new RobotHost(
            DriveSetTests.Robot(["a"]) with { Mqtt = Mqtt("robot") },
            (robot, command) =>
            {
                Assert.Equal(RobotCommandKind.Arm, command.Kind);
                robot.ReportAction(command);
            },
            robot => robot.PublishState(default));
        var output = new StringWriter();
        Assert.Equal(RequestOutcome.NoAnswer, InstantClient.Run(Mqtt("visitor"), "arm", output, TimeSpan.FromSeconds(5)));
        Assert.Contains("the robot is online but silent", output.ToString(), StringComparison.Ordinal); // it may listen
        Assert.Equal(RequestOutcome.Done, InstantClient.Run(Mqtt("operator"), "arm", output, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void ABrokerThatSomebodyElseSignedIsNotTrusted() => AssertRefused(Mqtt("robot", ca: "other.pem"), "certificate verify failed");

    [Fact]
    public void ARobotWithoutACertificateIsTurnedAway()
    {
        var mqtt = Mqtt("robot");
        AssertRefused(mqtt with { Tls = mqtt.Tls! with { CertFile = null, KeyFile = null } }, $"127.0.0.1:{_broker.Port}");
    }

    [Fact]
    public void AFileThatIsNotThereIsNamedWithItsField()
    {
        var robot = DriveSetTests.Robot(["a"]) with { Mqtt = Mqtt("nobody") };
        var message = Assert.Throws<FileNotFoundException>(() => File.OpenRead(PathOf("nobody.pem"))).Message;
        Assert.Contains(message, Assert.Throws<IOException>(() => new RobotMqtt(robot, null)).Message, StringComparison.Ordinal);
        Assert.StartsWith("mqtt.tls.certFile: ", Assert.Throws<IOException>(() => new RobotMqtt(robot, null)).Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(MqttDescription mqtt, string reason)
    {
        using var robot = new RobotMqtt(DriveSetTests.Robot(["a"]) with { Mqtt = mqtt }, null);
        robot.Start();
        Broker.Until($"the error says: {reason}", () => robot.LastError.Contains(reason, StringComparison.Ordinal), () => $"; it says: {robot.LastError}");
        Assert.False(robot.IsConnected);
    }

    private MqttDescription Mqtt(string who, string ca = "ca.pem") =>
        new("127.0.0.1", _broker.Port, "lab", "arm1", "finish", MayArm: true, Tls: new(PathOf(ca), PathOf($"{who}.pem"), PathOf($"{who}.key")));

    private void Certify(string name, string extension = "basicConstraints=CA:FALSE")
    {
        File.WriteAllText(PathOf("extension"), extension);
        OpenSsl($"req -new -newkey rsa:2048 -nodes -subj /CN={name} -keyout {PathOf($"{name}.key")} -out {PathOf("request")}");
        OpenSsl($"x509 -req -in {PathOf("request")} -CA {PathOf("ca.pem")} -CAkey {PathOf("ca.key")} -CAcreateserial -days 2 -extfile {PathOf("extension")} -out {PathOf($"{name}.pem")}");
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    private static void OpenSsl(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }
}
