import { CfnParameter } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

/** Returns the image that the parameters `ImageRepository` and `ImageTag` name. Another process has pushed it to ECR, such as CodeBuild. */
export function imageFromParameters(scope: Construct): ContainerImage {
  const repository = new CfnParameter(scope, 'ImageRepository', {
    description: 'Name of the ECR repository in this account and region',
    default: 'fledge',
    allowedPattern: '[a-z0-9][a-z0-9._/-]+',
  });
  const tag = new CfnParameter(scope, 'ImageTag', {
    description: 'Tag of the image. Never latest, because a rollback needs distinct tags',
    allowedPattern: '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}',
  });
  return ContainerImage.fromEcrRepository(
    Repository.fromRepositoryName(scope, 'Repository', repository.valueAsString),
    tag.valueAsString,
  );
}

export interface ImageSource {
  /** The context of the build. */
  readonly directory: string;
  /**
   * The path of the Dockerfile in the context.
   * @default 'docker/Dockerfile'
   */
  readonly dockerfile?: string;
  /**
   * The stage to build.
   * @default 'production'
   */
  readonly target?: string;
}

/** Returns an image that `cdk deploy` builds with Docker on this machine and pushes. */
export function imageFromSource(source: ImageSource, architecture = CpuArchitecture.X86_64): ContainerImage {
  return ContainerImage.fromAsset(source.directory, {
    file: source.dockerfile ?? 'docker/Dockerfile',
    target: source.target ?? 'production',
    platform: architecture === CpuArchitecture.ARM64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    // CDK hashes the context to decide whether the image is new. Changes in these folders don't change the application.
    exclude: ['.git', 'node_modules', 'dist', 'tmp', 'infra', 'coverage'],
  });
}
