using System.Globalization;
using Integration.Tests.Harness;

namespace Integration.Tests.Stacks;

/// <summary>A swarm of one node, whose tasks run with the default runtime.</summary>
[VmOnly]
[Collection("docker")]
public sealed class SwarmTests(DockerFixture stack)
{
    [Fact]
    public void A_replicated_service_is_scaled_and_updated()
    {
        const int Many = 10;
        stack.SetLiveRestore(false);
        stack.Docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1").MustSucceed();
        try
        {
            stack.Docker(
                "service", "create", "--detach", "--no-resolve-image", "--name", "web", "--replicas", "3", "--network", "host", "--limit-memory", "32m",
                "--stop-grace-period", "1s", "--update-parallelism", "5", DockerFixture.Image, "sleep", "100000").MustSucceed();
            WaitForReplicas(3);
            stack.Docker("service", "scale", "--detach", string.Create(CultureInfo.InvariantCulture, $"web={Many}")).MustSucceed();
            WaitForReplicas(Many);
            stack.Docker("service", "update", "--detach", "--no-resolve-image", "--env-add", "VERSION=2", "web").MustSucceed();
            Eventually.True(
                () => stack.Docker("service", "inspect", "--format", "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}", "web").Text == "completed",
                Place.Deadline(30),
                () => stack.Docker("service", "ps", "--no-trunc", "web").Stdout,
            DockerFixture.PollMilliseconds);
            WaitForReplicas(Many);
            string[] tasks = stack.Docker("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name=web").MustSucceed().Lines;
            string[] described = stack.Docker(["inspect", "--format", "{{.HostConfig.Runtime}} {{.Config.Env}}", .. tasks]).MustSucceed().Lines;
            Assert.All(described, line => Assert.True(line.StartsWith("cctl ", StringComparison.Ordinal) && line.Contains("VERSION=2", StringComparison.Ordinal), line));
            Assert.Equal(Many, described.Length);
        }
        finally
        {
            stack.Docker("service", "rm", "web");
            stack.Docker("swarm", "leave", "--force");
        }
    }

    private void WaitForReplicas(int count)
    {
        string expected = string.Create(CultureInfo.InvariantCulture, $"{count}/{count}");
        Eventually.True(
            () => stack.Docker("service", "ls", "--format", "{{.Replicas}}").Text == expected,
            Place.Deadline(30),
            () => stack.Docker("service", "ps", "--no-trunc", "web").Stdout,
            DockerFixture.PollMilliseconds);
    }
}
